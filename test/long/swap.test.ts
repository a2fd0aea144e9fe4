/** Proves on a real guest that starves with swap at hand that the agent is not in it. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packagedAgent } from "../bootstrap/agent.ts";
import { bootGuest } from "../testbed/boot.ts";
import type { TestGuest } from "../testbed/guest.ts";
import { skipReason } from "../testbed/requirements.ts";
import { waitFor } from "../testbed/wait.ts";

const GUEST_MIB = 256;
const SWAP_MIB = 250;
/** More than the guest has. */
const HELD_MIB = 280;
/** So much in swap means that the kernel looked for pages everywhere, over and over. */
const SWAPPED_KIB = 80 * 1024;
const PATIENCE_MS = 120_000;
/** What systemd makes of the unit's `MemorySwapMax=0`: the agent starts in a control group of its own that gets no swap. */
const AS_THE_UNIT_DOES = [
  "mkdir /tmp/cgroup && mount -t cgroup2 cgroup2 /tmp/cgroup",
  "echo +memory >/tmp/cgroup/cgroup.subtree_control && mkdir /tmp/cgroup/agent",
  "echo 0 >/tmp/cgroup/agent/memory.swap.max",
  "{ sh -c 'echo $$ >/tmp/cgroup/agent/cgroup.procs; exec start-agent' & }",
].join(" && ");
const reason = skipReason();

describe.skipIf(reason !== undefined)(`a guest that swaps (${reason ?? "QEMU"})`, () => {
  let guest: TestGuest;
  beforeAll(async () => {
    guest = await bootGuest({
      memoryMib: GUEST_MIB,
      agent: false,
      agentProgram: await packagedAgent(),
      scratch: { sizeMib: SWAP_MIB + 100 },
    });
    await run(AS_THE_UNIT_DOES);
    await run(`dd if=/dev/zero of=/scratch/swap bs=1M count=${SWAP_MIB}`);
    await run("mkswap /scratch/swap && swapon /scratch/swap");
  });
  afterAll(() => guest?.stop());

  async function run(command: string): Promise<string> {
    const { status, output } = await guest.run(command, { timeoutMs: PATIENCE_MS });
    expect({ command, status }).toEqual({ command, status: 0 });
    return output;
  }

  const number = async (name: string, file: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(await run(`cat ${file}`))?.[1]);
  const swappedKib = async () =>
    (await number("SwapTotal", "/proc/meminfo")) - (await number("SwapFree", "/proc/meminfo"));

  it("swaps out none of the agent's own memory, and the agent lives on", async () => {
    const pid = await guest.agentPid();
    const hog = await guest.spawnWorkload(["hold", "--mb", HELD_MIB]);
    await waitFor("the guest to swap", async () => (await swappedKib()) > SWAPPED_KIB, {
      timeoutMs: PATIENCE_MS,
    });
    expect(await number("VmSwap", `/proc/${pid}/status`)).toBe(0);
    expect(await guest.agentPid()).toBe(pid);
    await hog.kill();
  });
});
