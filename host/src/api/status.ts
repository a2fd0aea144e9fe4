/**
 * The broker's state as the control API answers it. A client checks it before anything is shown: figures that are missing or no numbers
 * would be printed as `NaN GiB`. A newer broker may know more fields and more words: they pass.
 */
import { z } from "zod";
import { MONITOR_MODES, type MonitorAccess, PRESSURE_LEVELS } from "../model/guest.ts";
import { GUEST_SOURCES } from "../model/inventory.ts";
import { REASONS, REGIMES } from "../model/plan.ts";
import type { GuestStatus, HostStatus, KsmReport, Status } from "../model/status.ts";
import { bytes, count, type Fields, flag, number, text, word } from "./fields.ts";
import { KSM, KSM_GUEST } from "./ksm.ts";

export const mode = () =>
  word({ observe: "only decides and reports", act: "also moves balloons" }, "the config's mode");
export const reason = () => word(REASONS, "why the target is what it is");
export const pressure = () => word(PRESSURE_LEVELS, "the guest's memory pressure, mildest first");
export const regime = () => word(REGIMES, "how short the host's memory is, most comfortable first");

const AGENT = z.looseObject({
  connected: flag("it has a session with the broker"),
  transport: word(
    ["virtio-serial", "websocket"],
    "how it is heard; absent: no agent is expected",
  ).exactOptional(),
  version: text("its release").exactOptional(),
  reportAgeMs: count("age of its last report; ms").exactOptional(),
} satisfies Fields<GuestStatus["agent"]>);

const MONITOR = z.looseObject({
  mode: word(MONITOR_MODES, "kept for the broker alone, or shared by short leases"),
  worstWaitMs: number("the longest that a command waited for it of late; ms").exactOptional(),
} satisfies Fields<MonitorAccess>);

const MANUAL = z.looseObject({
  targetBytes: bytes("the manual target that an admin set"),
  leftMs: count("how long it still holds; ms; absent: until the admin ends it").exactOptional(),
} satisfies Fields<NonNullable<GuestStatus["manual"]>>);

export const GUEST: z.ZodType<GuestStatus> = z
  .looseObject({
    name: text("unique and stable, such as web1 or qemu/100"),
    source: word(GUEST_SOURCES, "where it was found"),
    level: word<GuestStatus["level"]>(
      {
        full: "its agent, over the port",
        "no-port": "its agent, over the network",
        "statistics only": "its balloon's driver",
        none: "nothing",
      },
      "what tells of its memory",
    ),
    lift: text("what lifts the level").exactOptional(),
    state: word<GuestStatus["state"]>({
      managed: "its balloon is moved as needed",
      held: "an admin or another program set its size",
      inhibited: "its balloon must not be moved now",
      blind: "nothing is known of its memory",
      unreachable: "its QEMU does not answer",
      excluded: "left alone: its shares are 0, or its platform balances it",
    }),
    reason: reason(),
    detail: text("the reason's detail, such as an inhibition").exactOptional(),
    mode: mode()
      .meta({ description: "its own mode, set by an admin; absent: the config's holds" })
      .exactOptional(),
    manual: MANUAL.exactOptional(),
    problem: text("what is wrong, for the admin").exactOptional(),
    maxBytes: bytes("the most that it may have").exactOptional(),
    minBytes: bytes("its guaranteed minimum").exactOptional(),
    actualBytes: bytes("its memory less its balloon").exactOptional(),
    targetBytes: bytes("where its balloon was told to go").exactOptional(),
    usedBytes: bytes("actual less available").exactOptional(),
    availableBytes: bytes("what it could hand out without swapping").exactOptional(),
    freeBytes: bytes(
      "what its kernel leaves idle, cache not counted; on Windows as available",
    ).exactOptional(),
    floorBytes: bytes("what it must have").exactOptional(),
    wantBytes: bytes("floor and comfort").exactOptional(),
    residentBytes: bytes("what its QEMU holds in the host's memory and swap").exactOptional(),
    shares: number("its weight when memory is short"),
    pressure: pressure().exactOptional(),
    agent: AGENT,
    monitor: MONITOR.exactOptional(),
    oomKills: count("kills by its OOM killer since its boot").exactOptional(),
    ksm: KSM_GUEST.exactOptional(),
  } satisfies Fields<GuestStatus>)
  .meta({ id: "Guest", description: "A guest. What is unknown is absent." });

export const HOST: z.ZodType<HostStatus> = z
  .looseObject({
    totalBytes: bytes("its memory less huge pages").exactOptional(),
    availableBytes: bytes("what it could hand out, ZFS's cache above its minimum counted").exactOptional(),
    budgetBytes: bytes("what all managed guests together may use").exactOptional(),
    reserveBytes: bytes("kept free for the host and for demands").exactOptional(),
    burstBytes: bytes("the largest demand of all guests at once that is remembered").exactOptional(),
    chargedBytes: bytes("what all guests count for").exactOptional(),
    freeBytes: bytes("what may be promised now").exactOptional(),
    residentBytes: bytes("what the guests' processes hold; absent: none can be seen").exactOptional(),
    accounting: word<HostStatus["accounting"]>({
      resident: "guests count for what they hold and could draw",
      strict: "guests count for their whole sizes",
    }),
    regime: regime().exactOptional(),
    psiSomeAvg10: number("memory pressure (PSI some, 10 s); percent").exactOptional(),
  } satisfies Fields<HostStatus>)
  .meta({
    id: "Host",
    description: "The host. Before it was read and the first decision made, only accounting is there.",
  });

export const STATUS: z.ZodType<Status> = z
  .looseObject({
    version: text("the broker's release"),
    mode: mode(),
    host: HOST,
    ksm: KSM.exactOptional(),
    guests: z.array(GUEST),
  } satisfies Fields<Status>)
  .meta({ id: "Status", description: "Host, KSM and guests at one moment." });

export const GUESTS: z.ZodType<Pick<Status, "guests">> = z
  .looseObject({ guests: z.array(GUEST) })
  .meta({ id: "Guests", description: "All guests." });

export const KSM_REPORT: z.ZodType<KsmReport> = z
  .looseObject({
    ksm: KSM.exactOptional(),
    guests: z.array(
      z.looseObject({ name: text("the guest's"), ksm: KSM_GUEST.exactOptional() } satisfies Fields<
        KsmReport["guests"][number]
      >),
    ),
  } satisfies Fields<KsmReport>)
  .meta({ id: "KsmReport", description: "KSM, and each guest's part in it." });

export const HEALTH = z
  .looseObject({ ok: flag("always true: it answers"), version: text("the broker's release"), mode: mode() })
  .meta({ id: "Health", description: "The broker answers." });
