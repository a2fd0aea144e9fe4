import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { describeQemu, type QemuDescription } from "../../../../host/src/qemu-arguments/describe.ts";

const FOLDER = new URL("../../../fixtures/pve-configs/cmdlines/", import.meta.url);
const MIB = 1024 * 1024;

interface Expected {
  readonly manager: string;
  readonly name: string;
  readonly id?: string;
  readonly uuid?: string;
  readonly cwd?: string;
  readonly sizeMiB: number;
  readonly maxMiB: number;
  readonly balloon: { readonly id: string | null; readonly path: string };
  readonly monitors: readonly { readonly kind: string; readonly path?: string; readonly usable: boolean }[];
  readonly agentSocket: string | null;
  readonly vfio: boolean;
  readonly hugepages: boolean;
  readonly shared: boolean;
  readonly locked: boolean;
  readonly confidential: boolean;
  readonly paused: boolean;
  readonly virtioMem?: boolean;
  readonly incoming?: boolean;
}

const expected: Readonly<Record<string, Expected>> = JSON.parse(
  readFileSync(new URL("expected.json", FOLDER), "utf8"),
).lines;

function described(sample: string): QemuDescription {
  const words = readFileSync(new URL(`${sample}.cmdline`, FOLDER), "utf8").split("\0");
  const readConfig = (path: string) =>
    path.startsWith("/run/incus/") ? readFileSync(new URL(`${sample}.qemu.conf`, FOLDER), "utf8") : undefined;
  const description = describeQemu(words.slice(0, -1), { cwd: expected[sample]?.cwd ?? "/", readConfig });
  if (description === undefined) throw new Error(`${sample} was not taken for a QEMU`);
  return description;
}

describe("a command line of QEMU", () => {
  const samples = readdirSync(FOLDER).filter((name) => name.endsWith(".cmdline"));

  it("is sampled from eleven managers, versions and styles", () => {
    expect(samples).toHaveLength(11);
  });

  it.each(samples.map((name) => name.replace(".cmdline", "")))("is read as QEMU reads it: %s", (sample) => {
    const is = described(sample);
    const want = expected[sample];
    if (want === undefined) throw new Error(`nothing is expected of ${sample}`);
    expect({
      manager: is.manager,
      name: is.name,
      id: is.id,
      uuid: is.uuid,
      sizeMiB: is.memory.sizeBytes / MIB,
      maxMiB: is.memory.maxBytes / MIB,
      balloon: { ...is.balloon, id: is.balloon?.id ?? null },
      agentSocket: is.agentSocket ?? null,
      vfio: is.passthrough,
      hugepages: is.memory.hugepages,
      shared: is.memory.shared,
      locked: is.memory.locked,
      confidential: is.memory.confidential,
      paused: is.startsPaused,
      virtioMem: is.memory.virtioMem,
      incoming: is.incoming,
    }).toEqual({
      manager: want.manager,
      name: want.name,
      id: want.id,
      uuid: want.uuid,
      sizeMiB: want.sizeMiB,
      maxMiB: want.maxMiB,
      balloon: want.balloon,
      agentSocket: want.agentSocket,
      vfio: want.vfio,
      hugepages: want.hugepages,
      shared: want.shared,
      locked: want.locked,
      confidential: want.confidential,
      paused: want.paused,
      virtioMem: want.virtioMem ?? false,
      incoming: want.incoming ?? false,
    });
    const places = (monitors: Expected["monitors"]) =>
      monitors.map(({ kind, path, usable }) => ({ kind, path, usable }));
    expect(places(is.monitors)).toEqual(places(want.monitors));
    expect(is.monitors.filter(({ usable, why }) => usable === (why !== undefined))).toEqual([]);
  });
});
