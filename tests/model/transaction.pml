/*
 * A change of one unit, as agent/80-transaction.sh, 82-confirm.sh and 90-main.sh make it, and everything that can come
 * between: a second change, the timer, the watcher, a boot, a program that is killed or hangs, and a power cut. Each
 * inline and each process is named like the agent's function that it stands for; begin, free, over, kill and power_cut are nobody's.
 *
 * A generation is a number, and NOTHING where the unit is not there. The host runs one of them, or is BETWEEN two.
 */
#define NOTHING 0
#define OLD 1
#define BETWEEN 9
#define EMPTY 10 /* a file whose content a power cut has taken */

/* On the disk, as programs see it, and as it would be after a power cut. */
byte confirmed, durable;	     /* $STATE/units/UNIT */
byte staged = NOTHING;		     /* $STATE/staged */
bool leaving = false;		     /* $STATE/leaving */
byte listed;			     /* how often $STATE/order names the unit */
bool synced = false, unit_synced = true;

/* Gone with a power cut. */
byte running;		/* what kernel, nftables and BIRD do */
bool cut = false;	/* nobody can reach the host by SSH */
byte holder = NOTHING;	/* of the lock; the kernel frees it when its holder dies */
byte changer = NOTHING; /* $RUN/changer */
mtype = { off, armed, fired };
mtype timer = off;	/* extrude-rollback */
byte victim = NOTHING;	/* is being killed */
bool booted = true, restored = true;
byte boots = 0;

/* What the properties ask for. */
byte back = NOTHING;	 /* who is taking a change back */
bool truthful = true;	 /* what was reported is so, and would be after a power cut */

#define me (_pid + 1)
#define dies (victim == me || boots != began)
#define written_down (staged != NOTHING || leaving)

/* At any moment, also after a boot. */
inline begin() {
	atomic { booted -> began = boots }
}

inline free() {
	atomic {
		if
		:: holder == me -> holder = NOTHING
		:: else
		fi;
		if
		:: back == me -> back = NOTHING
		:: else
		fi
	}
}

/* Over, in whatever way. */
inline over() {
	atomic {
		free();
		began = 0;
		if
		:: victim == me -> victim = NOTHING
		:: else
		fi
	}
}

inline lock() {
	atomic { booted && holder == NOTHING -> holder = me };
#ifndef WITHOUT_RECOVER
	recover()
#endif
}

/* To the confirmed generation, which can be reached: it was proved when it was confirmed. */
inline return_ip() {
	running = BETWEEN;
	atomic { running = confirmed; cut = false }
}

/* Only what is missing. */
inline ensure() {
	if
	:: running != confirmed -> return_ip()
	:: else
	fi
}

/* What the timer has started goes on. */
inline disarm() {
	if
	:: atomic { timer == armed -> timer = off }
	:: else
	fi
}

/* Whoever confirms has left nothing written down, or no unit: then there is nothing to take back. */
inline recover() {
	if
	:: atomic { staged != NOTHING || (leaving && confirmed != NOTHING) -> back = me };
#ifdef RECORD_GOES_FIRST
		atomic { staged = NOTHING; leaving = false };
		return_ip();
		back = NOTHING;
#else
		return_ip();
		atomic { staged = NOTHING; synced = false; leaving = false; back = NOTHING };
#endif
		disarm()
	:: atomic { staged == NOTHING && leaving && confirmed == NOTHING -> leaving = false }
	:: else
	fi
}

/* Ends what an older timer has started. */
inline arm() {
#ifdef WITHOUT_TIMER
	skip
#else
	timer = off;
	timer = armed
#endif
}

/* Any step may cut the connection, or never end. */
inline change(generation) {
	atomic {
		running = BETWEEN;
		if
		:: true
		:: cut = true
		fi
	};
	if
	:: true
	:: true -> false /* it hangs */
	fi;
	running = generation
}

inline take_back() {
#ifdef DISARM_GOES_FIRST
	disarm();
#endif
	recover()
}

inline confirm(generation) {
	if
#ifdef LISTED_UNSEEN
	:: confirmed == NOTHING -> listed++
#else
	:: confirmed == NOTHING && listed == 0 -> listed++
#endif
	:: else
	fi;
#ifndef WITHOUT_SYNC_OF_CONTENT
	synced = true;
#endif
	atomic { confirmed = generation; unit_synced = synced; staged = NOTHING; synced = false };
#ifndef WITHOUT_SYNC_OF_NAME
	durable = confirmed
#endif
}

inline forget_unit() {
	atomic { confirmed = NOTHING; unit_synced = true };
	listed = 0;
	durable = confirmed
}

/* What is reported to whoever asked for the generation. */
inline say(generation) {
	truthful = truthful && durable == generation && unit_synced && running == generation
}

/* The unit is at the generation already. */
inline whole(generation) {
	ensure();
#ifndef UNCHANGED_UNSYNCED
	durable = confirmed;
#endif
	say(generation)
}

/* From generation to generation; prove_session and verify decide between the two ends. */
#define ends_well (!cut)

proctype transact(byte generation) {
	byte began;
	begin();
	{
		lock();
		changer = me;
		if
		:: confirmed == generation -> whole(generation)
		:: else ->
#ifdef ARM_GOES_FIRST
			arm();
#endif
			atomic { staged = generation; synced = false };
#ifndef ARM_GOES_FIRST
			arm();
#endif
			change(generation);
#ifdef CONFIRM_GOES_FIRST
			confirm(generation);
#endif
			if
			:: true -> take_back() /* a step has failed, or the session is gone */
			:: ends_well ->
#ifndef CONFIRM_GOES_FIRST
				confirm(generation);
#endif
				disarm();
				say(generation)
			fi
		fi;
		changer = NOTHING
	} unless { dies };
	over()
}

proctype remove() {
	byte began;
	begin();
	{
		lock();
		changer = me;
		if
		:: confirmed == NOTHING -> whole(NOTHING)
		:: else ->
			leaving = true;
			arm();
			change(NOTHING);
			if
			:: true -> take_back()
			:: ends_well ->
#ifdef LEAVING_GOES_FIRST
				leaving = false;
				forget_unit();
#else
				forget_unit();
				leaving = false;
#endif
				disarm();
				say(NOTHING)
			fi
		fi;
		changer = NOTHING
	} unless { dies };
	over()
}

/* The timer is of systemd's: it fires whatever has become of the change. Restart=on-failure. */
proctype rollback() {
	byte began;
	do
	:: atomic { timer == armed && booted -> began = boots; timer = fired };
again:		{
			if
			:: !written_down
			:: else ->
#ifndef ROLLBACK_WITHOUT_KILL
				victim = changer;
#endif
#ifdef ROLLBACK_WITHOUT_LOCK
				recover()
#else
				lock()
#endif
			fi
		} unless { dies || timer != fired };
		free();
		if
		:: atomic { timer != fired || boots != began }
#ifndef ROLLBACK_IS_NOT_RESTARTED
		:: atomic { timer == fired && boots == began && victim == me -> victim = NOTHING }; goto again
#endif
		:: atomic { else -> timer = off }
		fi
	:: timeout -> break
	od
}

/* The watcher's look at what is missing, once. */
proctype heal() {
	byte began;
	begin();
	{
		lock();
		ensure()
	} unless { dies };
	over()
}

/* Changes may come before it. */
proctype restore() {
	do
	:: !booted ->
		booted = true;
		lock();
		ensure();
		atomic { restored = true; holder = NOTHING }
	:: timeout -> break
	od
}

/* Once, at any moment. */
proctype kill() {
	if
	:: atomic { holder != NOTHING && restored -> victim = holder }
	:: true
	fi
}

/* Once, at any moment. */
proctype power_cut() {
	if
	:: atomic {
		booted && boots == 0 ->
		boots++;
		booted = false; restored = false;
		running = NOTHING; cut = false; holder = NOTHING; changer = NOTHING; victim = NOTHING; timer = off;
		back = NOTHING;
		/* What is not synced is there, or not, or empty. */
		if
		:: confirmed != durable -> confirmed = durable
		:: durable = confirmed
		fi;
		if
		:: !unit_synced -> confirmed = EMPTY
		:: true
		fi;
		if
		:: staged != NOTHING && !synced -> staged = NOTHING
		:: true
		fi;
		if
		:: leaving -> leaving = false
		:: true
		fi
	}
	:: true
	fi
}

init {
	atomic {
		if
		:: confirmed = OLD; listed = 1
		:: confirmed = NOTHING
		fi;
		durable = confirmed; running = confirmed;
		run rollback(); run restore(); run kill(); run power_cut();
		run transact(2);
		if
		:: run transact(2)
		:: run transact(3)
		:: run remove()
		:: run heal()
		fi
	}
}

#define whole_again (running == confirmed && !cut)
/* A host whose change is over, or has nobody left who would end it, is at the confirmed generation. */
ltl never_between { [] (restored && holder == NOTHING && (!written_down || timer == off) -> whole_again) }
/* While nobody can reach the host, the timer or what it has started is there to change that. */
ltl never_locked_out { [] (cut -> timer != off) }
/* What was begun is confirmed or taken back. */
ltl always_settled { [] <> (restored && holder == NOTHING && whole_again) }
/* Taken back is only what is not confirmed: one outcome, also where both come at the same moment. */
ltl one_outcome { [] (back != NOTHING -> written_down) }
/* What was reported is so, and survives a power cut now. */
ltl always_truthful { [] truthful }
ltl never_empty { [] (confirmed != EMPTY) }
ltl listed_once { [] (listed <= 1) }
