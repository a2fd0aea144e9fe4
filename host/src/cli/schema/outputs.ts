/** What commands print with `--json` that is no answer of the control API: their own findings. */
import { z } from "zod";
import { bytes, count, type Fields, flag, moment, number, text, word } from "../../api/fields.ts";
import { mode, regime } from "../../api/status.ts";
import type { Problem } from "../../config/problem.ts";
import type { Advice, FleetAdvice } from "../../fleet/advise.ts";
import type { FleetGuest, HostSummary } from "../../model/fleet.ts";
import type { KsmRepair } from "../../model/status.ts";
import type { Row } from "../../simulate/compare.ts";
import type { EnvironmentFinding } from "../environment/finding.ts";

export const KSM_REPAIR = z.looseObject({
  text: text("what was found and done, in words"),
  run: count("the kernel's run: 0 off, 1 scans, 2 unmerges").exactOptional(),
  savedBytes: bytes("what KSM saves").exactOptional(),
  pagesSharing: count("mappings that share a page").exactOptional(),
} satisfies Fields<KsmRepair>);

const PROBLEM = z.looseObject({
  file: text("where it is"),
  line: count("from 1; absent: the file as a whole").exactOptional(),
  column: count("from 1").exactOptional(),
  path: text("the key, such as guests.static[0].min").exactOptional(),
  message: text("what is wrong"),
  advice: text("what to write or do instead"),
} satisfies Fields<Problem>);

const FINDING = z.looseObject({
  check: text("what was looked at"),
  level: word<EnvironmentFinding["level"]>({ ok: "fine", warn: "could be better", fail: "will not work" }),
  text: text("what was found"),
} satisfies Fields<EnvironmentFinding>);

export const CHECK = z.looseObject({
  file: text("the config"),
  ok: flag("it has no problem"),
  problems: z.array(PROBLEM),
  warnings: z.array(PROBLEM),
  environment: z.array(FINDING).meta({ description: "the machine; empty where the config has a problem" }),
});

const NAMED = { name: text("as it is typed"), title: text("in a few words") };
export const SIMULATIONS = z.looseObject({
  scenarios: z.array(z.looseObject({ ...NAMED, description: text("what happens") })),
  controllers: z.array(z.looseObject(NAMED)),
});

const ROW = z.looseObject({
  controller: text("its name"),
  kills: count("programs killed in guests"),
  hostKills: count("guests killed by the host"),
  lostShare: number("of the work, 0 to 1"),
  lentBytes: bytes("needed and had beyond the static split"),
  reversals: count("turns of direction"),
  commands: count("balloon commands"),
  hostShortMs: count("how long the host was short; ms"),
  ofClairvoyantShare: number("lent, as a share of the clairvoyant's; absent: it did not run").exactOptional(),
  ballastIs: word<NonNullable<Row["ballastIs"]>>(
    ["better", "equal", "worse"],
    "than this one",
  ).exactOptional(),
} satisfies Fields<Row>);
export const SIMULATION = z.looseObject({
  scenario: text("its name"),
  seed: count("of its randomness"),
  guests: count("how many"),
  controllers: z.array(ROW),
});

const FLEET_GUEST = z.looseObject({
  name: text("the guest's"),
  floorBytes: bytes("what it must have"),
  maxBytes: bytes("the most that it may have"),
  isPinned: flag("a device keeps it where it is"),
} satisfies Fields<FleetGuest>);
const HOST_SUMMARY = z.looseObject({
  host: text("its name in the fleet"),
  atMs: moment("when it told this"),
  version: text("its broker's release"),
  mode: mode(),
  regime: regime().exactOptional(),
  budgetBytes: bytes("what all its guests together may use").exactOptional(),
  chargedBytes: bytes("what they count for").exactOptional(),
  freeBytes: bytes("what may be promised now").exactOptional(),
  lendableBytes: bytes("what guests have beyond what they would use with plenty"),
  owedBytes: bytes("what guests lack to be safe"),
  shortForMs: number("for how long; ms; absent: none lacks any").exactOptional(),
  guestCount: count("how many guests it has"),
  guests: z.array(FLEET_GUEST).meta({ description: "the largest" }),
} satisfies Fields<HostSummary>);
export const FLEET = z.looseObject({ hosts: z.array(HOST_SUMMARY) });

const ADVICE = z.looseObject({
  guest: text("which guest to move"),
  from: text("its host"),
  to: text("where to"),
  floorBytes: bytes("what the old host gains, and the new one must have"),
} satisfies Fields<Advice>);
export const FLEET_ADVICE = z.looseObject({
  moves: z.array(ADVICE),
  unhelped: z.array(z.looseObject({ host: text("a host that stays short"), why: text("why") })),
} satisfies Fields<FleetAdvice>);

const TOKEN_ID = text("8 digits that name the token");
export const ISSUED_TOKEN = z.looseObject({
  guest: text("whose"),
  id: TOKEN_ID,
  token: text("the secret, shown this once"),
  file: text("where its hash is kept"),
});
export const TOKENS = z.looseObject({
  file: text("where their hashes are kept"),
  tokens: z.array(
    z.looseObject({ guest: text("whose"), id: TOKEN_ID, created: text("when; RFC 3339").exactOptional() }),
  ),
});
export const REVOKED_TOKENS = z.looseObject({
  guest: text("whose"),
  revoked: z.array(TOKEN_ID),
  file: text("where their hashes were kept"),
});

const DIRECTION = word({ "set-up": "adds what is missing", remove: "takes out what was added" });
const APPLIED = flag("it was done, not only shown");
const WAITS = flag("the running guest takes it with its next start");
export const PROXMOX_SETUP = z.looseObject({
  guest: text("qemu/ and its number"),
  direction: DIRECTION,
  running: flag("the guest runs"),
  applied: APPLIED,
  changes: z.array(
    z.looseObject({
      kind: word(["hand-over", "give-back", "arguments"], "what it does"),
      command: z.array(z.string()).meta({ description: "program and words" }),
      needsRestart: flag("it holds when Proxmox has started the guest anew"),
      added: z.array(z.string()).meta({ description: "parts that it adds" }),
    }),
  ),
  overrides: z
    .record(z.string(), z.looseObject({ shares: count("the weight that the broker's config keeps") }))
    .exactOptional(),
  waitsForRestart: WAITS,
  notes: z.array(z.string()),
});
export const LIBVIRT_SETUP = z.looseObject({
  domain: text("its name"),
  direction: DIRECTION,
  running: flag("the domain runs"),
  applied: APPLIED,
  xml: text("what is added or taken out; absent: nothing").exactOptional(),
  waitsForRestart: WAITS,
});
export const QEMU_SETUP = z.looseObject({
  arguments: z.array(z.string()).meta({ description: "words to add to QEMU's command line" }),
  entry: z
    .looseObject({ name: text("the guest's"), qmp: text("monitor's socket"), agent: text("agent's socket") })
    .meta({ description: "for guests.static in the config" }),
});
