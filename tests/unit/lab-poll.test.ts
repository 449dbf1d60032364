import { poll, PollTimeout } from "../../lab/poll";

describe("poll", () => {
  test("returns the first truthy answer", async () => {
    let asked = 0;
    const answer = await poll("three", () => (++asked === 3 ? `asked ${asked}` : false), { intervalMs: 1 });
    expect(answer).toBe("asked 3");
  });

  test("gives up at its deadline, and says what it waited for and what it saw last", async () => {
    const waiting = poll("77.1.2.3 answers ping", () => Promise.reject(new Error("100% packet loss")), {
      deadlineMs: 50,
      intervalMs: 5,
    });
    await expect(waiting).rejects.toThrow("Waited 0.1 s for: 77.1.2.3 answers ping. Last seen: 100% packet loss.");
    await expect(waiting).rejects.toBeInstanceOf(PollTimeout);
  });

  test("an attempt that never ends does not outlive the deadline", async () => {
    const start = Date.now();
    const waiting = poll("an answer", () => new Promise<boolean>(() => undefined), { deadlineMs: 60 });
    await expect(waiting).rejects.toThrow("the last attempt had not answered");
    expect(Date.now() - start).toBeLessThan(4_000);
  });

  test("a value that is not yet right is shown", async () => {
    const waiting = poll("no lines", () => null, { deadlineMs: 20, intervalMs: 5 });
    await expect(waiting).rejects.toThrow("Last seen: null.");
  });
});
