import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseGuestConfig } from "../../../../host/src/proxmox/guest-config.ts";
import {
  planRemoval,
  planSetup,
  type SetupPlan,
  type SetupRecord,
  SetupRefusedError,
} from "../../../../host/src/proxmox/setup-plan.ts";
import { shellWords } from "../../../../host/src/proxmox/shell-words.ts";
import { parseArguments } from "../../../../host/src/qemu-arguments/arguments.ts";
import { describeArguments, type QemuDescription } from "../../../../host/src/qemu-arguments/describe.ts";
import { qmSet, qmStart } from "../../../fakes/fake-qm.ts";

const FOLDER = new URL("../../../fixtures/pve-configs/", import.meta.url);
const SAMPLES = Array.from({ length: 25 }, (_, i) => 101 + i);
const PORT =
  "-chardev socket,id=ballast0,path=/run/qemu-server/100.ballast,server=on,wait=off -device virtio-serial-pci,id=ballastser -device virtserialport,bus=ballastser.0,chardev=ballast0,name=org.ballast.agent.0";
const MONITOR =
  "-chardev socket,id=ballast-qmp,path=/run/qemu-server/100.ballast-qmp,server=on,wait=off -mon chardev=ballast-qmp,mode=control";
const NET = "-global virtio-balloon-pci.deflate-on-oom=on";
const ALL = `${PORT} ${MONITOR} ${NET}`;

function sample(vmid: number): string {
  return readFileSync(new URL(`${vmid}.conf`, FOLDER), "utf8");
}

/** A guest in the hands of the fake `qm`. */
class Guest {
  text: string;
  record: SetupRecord | undefined;
  readonly commands: string[][] = [];
  /** What its process shows. */
  readonly startedWith: QemuDescription;
  readonly #vmid: number;
  readonly #isRunning: boolean;
  readonly #deflateOnOom: boolean;

  constructor(text: string, { vmid = 100, isRunning = true, deflateOnOom = true } = {}) {
    this.text = text;
    const args = /^args: (.*)$/m.exec(text.split(/^\[/m)[0] ?? "")?.[1] ?? "";
    this.startedWith = describeArguments(parseArguments(shellWords(args) ?? []), "/");
    this.#vmid = vmid;
    this.#isRunning = isRunning;
    this.#deflateOnOom = deflateOnOom;
  }

  plan(planner = planSetup): SetupPlan {
    return planner({
      ...{
        vmid: this.#vmid,
        configText: this.text,

        deflateOnOom: this.#deflateOnOom,
      },
      ...(this.#isRunning && { running: this.startedWith }),
      ...(this.record !== undefined && { record: this.record }),
    });
  }

  /** Carries out the first command and plans anew, as the program does. */
  run(planner = planSetup): void {
    for (let step = 0; step < 5; step++) {
      const [change] = this.plan(planner).changes;
      if (change === undefined) {
        this.record ??= {};
        return;
      }
      this.record = change.record ?? this.record;
      this.commands.push([...change.argv]);
      this.text = qmSet(this.text, change.argv.slice(3), this.#isRunning);
    }
    throw new Error("the plan never ends");
  }

  get next() {
    return parseGuestConfig(this.#vmid, qmStart(this.text));
  }
}

function conf(args: string | undefined, more = "balloon: 2048\nmemory: 8192\nshares: 0"): string {
  return `${args === undefined ? "" : `args: ${args}\n`}${more}\n`;
}

/** A configuration as the fake writes it when nothing is changed. */
function asWritten(text: string, isRunning = true): string {
  return qmSet(text, [], isRunning);
}

describe("setting up a guest of Proxmox", () => {
  it.each([101, 102, 103, 104, 106, 111, 113, 114, 119, 120, 121, 122, 123, 124, 125])(
    "gives it the agent's port and a monitor of its own, and takes back exactly that: sample %s",
    (vmid) => {
      // What waits takes hold with any change of a guest that does not run.
      const waits = parseGuestConfig(vmid, sample(vmid)).pending.length > 0;
      for (const isRunning of waits ? [true] : [true, false]) {
        const guest = new Guest(sample(vmid), { vmid, isRunning });
        guest.run();
        const { agentSocket, ownMonitor } = guest.next;
        expect({ agentSocket, ownMonitor }).toEqual({
          agentSocket: `/run/qemu-server/${vmid}.ballast`,
          ownMonitor: `/run/qemu-server/${vmid}.ballast-qmp`,
        });
        expect(parseGuestConfig(vmid, guest.text).why).not.toContain("balanced-by-proxmox");
        expect(guest.plan().changes).toEqual([]);
        guest.run(planRemoval);
        expect(guest.text).toBe(asWritten(sample(vmid), isRunning));
      }
    },
  );

  it.each([105, 107, 108, 109, 110, 112, 115])("is refused where no balloon helps: sample %s", (vmid) => {
    expect(() => new Guest(sample(vmid), { vmid }).plan()).toThrow(SetupRefusedError);
  });

  it.each([116, 117, 118])(
    "is refused while Proxmox has it locked, and so is the way back: sample %s",
    (vmid) => {
      const guest = new Guest(sample(vmid), { vmid });
      expect(() => guest.plan()).toThrow(/is locked \(\w+\): run this again/);
      expect(() => guest.plan(planRemoval)).toThrow(/is locked/);
    },
  );

  it("is known of all samples", () => {
    expect(SAMPLES.filter((vmid) => sample(vmid) !== "")).toHaveLength(25);
  });

  it("does not take Proxmox's own monitor for one of ours", () => {
    const guest = new Guest(conf("-qmp unix:/var/run/qemu-server/100.qmp,server=on,wait=off"));
    expect(guest.plan().changes[0]?.added).toContain("monitor");
  });

  it("adds what is missing at the end of what is there, as one word for qm", () => {
    const guest = new Guest(conf("-cpu 'host,+x' -device virtio-serial-pci,id=mine"));
    expect(guest.plan().changes.map(({ argv }) => argv)).toEqual([
      ["qm", "set", "100", "--args", `-cpu 'host,+x' -device virtio-serial-pci,id=mine ${ALL}`],
    ]);
  });

  it("changes nothing where all is there, and leaves out deflate-on-oom where it is not wanted or the admin said no", () => {
    expect(new Guest(conf(ALL)).plan().changes).toEqual([]);
    expect(new Guest(conf(`${PORT} ${MONITOR}`), { deflateOnOom: false }).plan().changes).toEqual([]);
    const no = "-global virtio-balloon-pci.deflate-on-oom=off";
    expect(new Guest(conf(`${no} ${PORT} ${MONITOR}`)).plan().changes).toEqual([]);
  });

  it("takes the admin's own port and monitor, whatever their names, and adds none", () => {
    const own = ALL.replaceAll("ballast0", "bagent")
      .replaceAll("ballast-qmp", "bqmp")
      .replaceAll("ballastser", "bser");
    expect(new Guest(conf(own)).plan().changes).toEqual([]);
    expect(new Guest(conf(own)).plan(planRemoval).changes).toEqual([]);
  });

  it("completes half of a part, and half of the parts", () => {
    const [chardev, device] = [
      PORT.slice(0, PORT.indexOf(" -device")),
      "-device virtio-serial-pci,id=ballastser",
    ];
    for (const half of [
      PORT,
      MONITOR,
      NET,
      chardev,
      `${device} -cpu host ${MONITOR}`,
      `${MONITOR} ${device}`,
    ]) {
      const guest = new Guest(conf(half), { isRunning: false });
      guest.run();
      expect(guest.text.split("\n")[0]).toContain(half);
      expect(shellWords(guest.text)?.filter((word) => word.includes("id=ballast"))).toHaveLength(3);
      expect(guest.plan().changes).toEqual([]);
      guest.run(planRemoval);
      expect(guest.text).toBe(conf(half));
    }
  });

  it("replaces the sockets of the guest that this one was cloned from, and never brings them back", () => {
    const clone = new Guest(conf(`-cpu host ${ALL.replaceAll("/100.", "/999.")} -S`), { isRunning: false });
    clone.run();
    expect(clone.text).toContain(`args: -cpu host ${NET} -S ${PORT} ${MONITOR}\n`);
    clone.run(planRemoval);
    expect(clone.text).toBe(conf(`-cpu host ${NET} -S`));
  });

  it("says what a running guest gets with its next start only", () => {
    const [running] = new Guest(conf(undefined)).plan().changes;
    const [stopped] = new Guest(conf(undefined), { isRunning: false }).plan().changes;
    expect([running?.needsRestart, stopped?.needsRestart]).toEqual([true, false]);
    const guest = new Guest(conf(undefined));
    guest.run();
    expect(guest.text).toContain(`[PENDING]\nargs: ${ALL}`);
    expect(guest.plan().waitsForRestart).toBe(true);
  });

  it("says that a start is due where the file has what the running guest was started without", () => {
    const guest = new Guest(conf("-S"));
    guest.text = conf(ALL);
    expect(guest.plan()).toMatchObject({ changes: [], isRunning: true, waitsForRestart: true });
    expect(new Guest(conf(ALL)).plan()).toMatchObject({ changes: [], waitsForRestart: false });
    for (const part of [PORT, MONITOR]) {
      const half = new Guest(conf(part));
      half.text = conf(ALL);
      expect(half.plan().waitsForRestart).toBe(true);
    }
  });

  it("adds to what is pending, and drops the pending change on the way back where there was none", () => {
    const guest = new Guest(conf("-S"));
    guest.run();
    guest.run(planRemoval);
    expect(guest.commands.at(-1)).toEqual(["qm", "set", "100", "--revert", "args"]);
    const waiting = new Guest(`${conf("-S")}\n[PENDING]\nargs: -cpu host\n`);
    waiting.run();
    expect(waiting.text).toContain(`args: -S\n`);
    expect(waiting.text).toContain(`args: -cpu host ${ALL}\n`);
    const deleted = new Guest(`${conf("-S")}vga: std\n\n[PENDING]\ndelete: !args,vga\n`);
    deleted.run();
    expect(deleted.text).toContain(`[PENDING]\nargs: ${ALL}\ndelete: vga\n`);
  });

  it("touches no snapshot, although it has args of its own", () => {
    const snapshot = "\n[before]\nargs: -S\nshares: 500\n";
    const guest = new Guest(conf(undefined) + snapshot);
    guest.run();
    expect(guest.text).toContain(snapshot);
    guest.run(planRemoval);
    expect(guest.text).toBe(conf(undefined) + snapshot);
  });

  it("refuses args that Proxmox cannot read, and those to which nothing can be added", () => {
    expect(() => new Guest(conf("-cpu 'host")).plan()).toThrow(/a quote that is not closed/);
    expect(() => new Guest(conf("-cpu 'host")).plan(planRemoval)).toThrow(/a quote that is not closed/);
    expect(() => new Guest(conf("-S -device")).plan()).toThrow(/option without value/);
  });
});

describe("the hand-over", () => {
  const ranged = (shares: string) => conf(ALL, `balloon: 2048\nmemory: 8192${shares}`);

  it("sets shares first and alone, never touches the balloon, and carries the admin's weight over", () => {
    const guest = new Guest(conf(undefined, "balloon: 2048\nmemory: 8192\nshares: 3000"));
    expect(guest.plan().carriedShares).toBe(3000);
    guest.run();
    expect(guest.commands.map((words) => words.slice(3))).toEqual([
      ["--shares", "0"],
      ["--args", ALL],
    ]);
    guest.run(planRemoval);
    expect(guest.commands.slice(2).map((words) => words.slice(3))).toEqual([
      ["--revert", "args"],
      ["--shares", "3000"],
    ]);
  });

  it("carries nothing over where the admin set no weight, and deletes the line on the way back", () => {
    const guest = new Guest(ranged(""));
    expect(guest.plan()).not.toHaveProperty("carriedShares");
    guest.run();
    guest.run(planRemoval);
    expect(guest.commands.map((words) => words.slice(3))).toEqual([
      ["--shares", "0"],
      ["--delete", "shares"],
    ]);
  });

  it("needs no restart", () => {
    expect(new Guest(ranged("\nshares: 5")).plan().changes.map(({ needsRestart }) => needsRestart)).toEqual([
      false,
    ]);
  });

  it("is not taken back where it was not ours, or where the admin set shares since", () => {
    const before = new Guest(ranged("\nshares: 0"));
    before.run();
    expect(before.plan(planRemoval).notes.join()).toContain("qm set 100 --delete shares");
    expect(before.plan(planRemoval).changes).toEqual([]);
    const since = new Guest(ranged("\nshares: 5"));
    since.run();
    since.text = qmSet(since.text, ["--shares", "70"], true);
    since.run(planRemoval);
    expect(since.text).toContain("shares: 70\n");
  });
});

describe("the way back", () => {
  it("takes what has our ids where no record is left, as on another node", () => {
    const guest = new Guest(conf("-cpu host  -S"), { isRunning: false });
    guest.run();
    guest.record = undefined;
    guest.run(planRemoval);
    expect(guest.text).toBe(conf("-cpu host  -S"));
  });

  it("gives back what was there before the first apply, also after one that added more", () => {
    const text = conf(`-S ${PORT}`);
    const guest = new Guest(text, { isRunning: false, deflateOnOom: false });
    guest.run();
    const more = new Guest(guest.text, { isRunning: false });
    more.record = guest.record;
    more.run();
    expect(more.text).toContain(NET);
    more.run(planRemoval);
    expect(more.text).toBe(text);
  });

  it("keeps what the admin added or moved since", () => {
    const guest = new Guest(conf("-S"), { isRunning: false });
    guest.run();
    guest.text = conf(`${MONITOR} -S ${PORT} -cpu host ${NET}`);
    guest.run(planRemoval);
    expect(guest.text).toBe(conf("-S -cpu host"));
  });

  it("gives back any configuration exactly, after one apply or several", () => {
    const word = fc.constantFrom(
      "-S",
      "-cpu host",
      "-device 'x,id=a b'",
      '-name "a\\"b"',
      "-x \\ y",
      "-device virtio-serial-pci,id=vs0",
      "-qmp unix:/x,server=on",
      "-mon chardev=m,mode=control",
      PORT,
      MONITOR,
      NET,
    );
    const line = fc
      .uniqueArray(word, { maxLength: 5 })
      .chain((words) => fc.constantFrom(" ", "   ").map((gap) => words.join(gap)));
    const shares = fc.constantFrom("", "shares: 0\n", "shares: 1000\n", "shares: 7\n");
    const pending = fc.oneof(
      fc.constant(""),
      line.filter((text) => text !== "").map((text) => `\n[PENDING]\nargs: ${text}\n`),
      fc.constant("\n[PENDING]\ndelete: args\n"),
    );
    let changed = 0;
    fc.assert(
      fc.property(
        line,
        shares,
        pending,
        fc.boolean(),
        fc.boolean(),
        (args, weight, waits, isRunning, twice) => {
          const text = asWritten(
            `${args === "" ? "" : `args: ${args}\n`}balloon: 1\nmemory: 2\n${weight}${isRunning ? waits : ""}\n[snap]\nargs: ${PORT}\n`,
            isRunning,
          );
          const guest = new Guest(text, { isRunning });
          guest.run();
          if (twice) guest.run();
          if (guest.text !== text) changed++;
          const { agentSocket, ownMonitor, shares: left } = guest.next;
          expect({ left, has: [agentSocket, ownMonitor].every((path) => path !== undefined) }).toEqual({
            left: 0,
            has: true,
          });
          guest.run(planRemoval);
          expect(guest.text).toBe(text);
        },
      ),
      { numRuns: 400, seed: 3 },
    );
    expect(changed).toBeGreaterThan(300);
  });
});
