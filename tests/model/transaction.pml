/*
 * A change of one unit, as agent/80-transaction.sh and 82-confirm.sh make it, and everything that can come between: a
 * second change, the timer, the watcher, a boot, a program that is killed or hangs, and a power cut. Each inline and
 * each process is named like the agent's function that it stands for.
 *
 * A generation is a number. The host runs one of them, or is BETWEEN two while a change is going on.
 */
#define NOTHING 0
#define OLD 1
#define BETWEEN 9
#define EMPTY 10 /* a file whose content a power cut has taken */

/* On the disk, as programs see it, and as it would be after a power cut. */
byte confirmed = OLD, durable = OLD; /* $STATE/units/UNIT */
byte staged = NOTHING;		     /* $STATE/staged */
bool synced = false, unit_synced = true;

/* Gone with a power cut. */
byte running = OLD;	/* what kernel, nftables and BIRD do */
bool cut = false;	/* nobody can reach the host by SSH */
byte holder = NOTHING;	/* of the lock; the kernel frees it when its holder dies */
byte changer = NOTHING; /* $RUN/changer */
mtype = { off, armed, fired };
mtype timer = off;	/* extrude-rollback */
byte victim = NOTHING;	/* is being killed */
bool booted = true;
byte boots = 0;

#define me (_pid + 1)
#define dies (victim == me || boots != began)

inline free() {
	if
	:: atomic { holder == me -> holder = NOTHING }
	:: else
	fi
}

inline lock() {
	atomic { booted && holder == NOTHING -> holder = me }
#ifndef WITHOUT_RECOVER
	recover()
#endif
}

/* Back to the confirmed generation, which can be reached: it was proved when it was confirmed. */
inline return_ip() {
	running = BETWEEN;
	atomic { running = confirmed; cut = false }
}

inline recover() {
	if
	:: staged != NOTHING ->
		assert(confirmed != staged || boots > 0);
#ifdef STAGED_GOES_FIRST
		staged = NOTHING;
		return_ip()
#else
		return_ip();
		staged = NOTHING
#endif
	:: else
	fi
}

inline arm() {
#ifdef WITHOUT_TIMER
	skip
#else
	timer = armed
#endif
}

/* What the timer has started goes on. */
inline disarm() {
	if
	:: atomic { timer == armed -> timer = off }
	:: else
	fi
}

/* Any step may cut the connection, or never end. */
inline change(generation) {
	running = BETWEEN;
	if
	:: true
	:: cut = true
	fi;
	if
	:: true
	:: false /* it hangs */
	fi;
	running = generation
}

inline take_back() {
#ifdef DISARM_GOES_FIRST
	disarm();
	recover()
#else
	recover();
	disarm()
#endif
}

inline confirm(generation) {
#ifndef WITHOUT_SYNC
	synced = true;
#endif
	atomic { confirmed = generation; unit_synced = synced; staged = NOTHING };
#ifndef WITHOUT_SYNC
	atomic { durable = confirmed }
#endif
}

proctype transact(byte generation) {
	byte began = boots;
	{
		lock();
		changer = me;
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
		:: cut -> take_back() /* prove_session */
		:: true -> take_back() /* verify */
		:: !cut ->
#ifndef CONFIRM_GOES_FIRST
			confirm(generation);
#endif
			disarm();
			/* What is reported as applied survives a power cut now. */
			assert(durable == generation && unit_synced && running == generation)
		fi;
		changer = NOTHING
	} unless { dies };
	free()
}

/* The timer is of systemd's: it fires whatever has become of the change. */
active proctype rollback() {
	byte began;
	do
	:: timer == armed && booted ->
		atomic { began = boots; timer = fired };
again:		{
			if
			:: staged == NOTHING
			:: else ->
				victim = changer;
#ifdef ROLLBACK_WITHOUT_LOCK
				recover()
#else
				lock()
#endif
			fi
		} unless { dies };
		free();
		if
		:: atomic { victim == me && boots == began -> victim = NOTHING };
#ifdef ROLLBACK_IS_NOT_RESTARTED
			timer = off
#else
			goto again /* Restart=on-failure */
#endif
		:: atomic { victim != me && timer == fired -> timer = off }
		:: else
		fi
	:: timeout -> break
	od
}

/* The watcher's look at what is missing, once. */
active proctype heal() {
	byte began = boots;
	{
		lock();
		if
		:: running != confirmed -> running = confirmed
		:: else
		fi
	} unless { dies };
	free()
}

active proctype restore() {
	byte began;
	do
	:: !booted ->
		began = boots;
		atomic { booted = true; holder = me };
		recover();
		atomic { running = confirmed; holder = NOTHING }
	:: timeout -> break
	od
}

/* Once each, at any moment. */
active proctype kill() {
	if
	:: holder != NOTHING -> victim = holder
	:: true
	fi
}

active proctype power_cut() {
	if
	:: atomic {
		booted && boots == 0 ->
		boots++;
		booted = false;
		running = NOTHING; cut = false; holder = NOTHING; changer = NOTHING; victim = NOTHING; timer = off;
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
		fi
	}
	:: true
	fi
}

init {
	atomic { run transact(2); run transact(3) }
}

/* Nothing is under way, or nobody is left who would end it. */
#define quiet (booted && holder == NOTHING && (staged == NOTHING || timer == off))
#define whole (running == confirmed && !cut)
ltl never_between { [] (quiet -> whole) }
/* While nobody can reach the host, the timer or what it has started is there to change that. */
ltl never_locked_out { [] (cut -> timer != off) }
/* What was begun is confirmed or taken back. */
ltl always_settled { [] <> (quiet && whole) }
ltl never_empty { [] (confirmed != EMPTY) }
