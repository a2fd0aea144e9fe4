/** A process of fake QEMUs. Started by `crowd.ts`, and ends with it. */
import { getPriority, setPriority } from "node:os";
import { FakeQemu } from "../../fakes/fake-qemu.ts";
import { type Crew, monitorPath, type News, type Order, type Sizes } from "./messages.ts";

const FOLLOW_EVERY_MS = 1_000;
const GENTLER = 5;

const qemus = new Map<number, FakeQemu>();
const told = new Map<number, number>();

// On a host the guests' QEMUs have other processors: here they let the broker go first.
setPriority(Math.min(19, getPriority() + GENTLER));
process.on("disconnect", () => process.exit(0));
process.on("message", (order: Order) => void carryOut(order));

async function carryOut(order: Order): Promise<void> {
  if (order.kind === "start") await start(order);
  else if (order.kind === "use") for (const [guest, bytes] of order.uses) use(guest, bytes);
  else if (order.kind === "hang-up") for (const guest of order.guests) qemus.get(guest)?.hangUp();
}

async function start({ folder, first, count, fullBytes, sizeBytes, usedBytes }: Crew): Promise<void> {
  for (let guest = first; guest < first + count; guest++) {
    const path = monitorPath(folder, guest);
    const qemu = await FakeQemu.start({ path, memoryBytes: fullBytes, usedBytes });
    qemu.machine.balloon(sizeBytes);
    qemus.set(guest, qemu);
  }
  setInterval(follow, FOLLOW_EVERY_MS);
  tell({ kind: "ready" });
}

function use(guest: number, bytes: number): void {
  const qemu = qemus.get(guest);
  if (qemu !== undefined) qemu.machine.usedBytes = bytes;
}

function follow(): void {
  const sizes: Sizes = [...qemus].flatMap(([guest, { machine }]) => {
    const { actualBytes } = machine;
    return told.get(guest) === actualBytes ? [] : [[guest, actualBytes] as const];
  });
  for (const [guest, bytes] of sizes) told.set(guest, bytes);
  if (sizes.length > 0) tell({ kind: "sizes", sizes });
  // A fake keeps all that it was asked.
  for (const qemu of qemus.values()) qemu.commands.length = qemu.chunks.length = 0;
}

function tell(news: News): void {
  process.send?.(news);
}
