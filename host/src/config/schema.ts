/** The config file's one definition: types, defaults, checks and the JSON schema all come from here. */
import { z } from "zod";
import { MIB } from "../model/bytes.ts";
import { MONITOR_MODES } from "../model/guest.ts";
import {
  bytesField,
  guestNameField,
  guestSizeField,
  libvirtField,
  listenField,
  oneOf,
  pathField,
  sizeField,
  socketField,
  trustField,
} from "./fields.ts";
import { ksmSchema } from "./ksm-schema.ts";
import { DEFAULT_TOKENS_PATH } from "./tokens/default-path.ts";
import { tuningSchema } from "./tuning.ts";

/** The largest number of guests: what the broker is measured for, and more. */
export const MOST_GUESTS = 4096;
const MOST_SHARES = 1_000_000;
const DEFAULT_SHARES = 1000;
const DEFAULT_LIBVIRT = "qemu:///system";
const DEFAULT_PVE_FOLDER = "/etc/pve";
const DEFAULT_MIN = { kind: "percent", percent: 25 } as const;

const minField = () =>
  guestSizeField("Guaranteed minimum, also as a share of the guest's maximum; auto: 25%", DEFAULT_MIN, 0);
const maxField = () =>
  guestSizeField("Most that the guest may have; auto: its full size", { kind: "auto" }, MIB);
const sharesField = () =>
  z
    .int()
    .min(0)
    .max(MOST_SHARES)
    .meta({
      description: "Weight when there is not enough for all; 0 leaves the guest alone",
      examples: [DEFAULT_SHARES],
    });
const enabledField = (description: string) =>
  z.union([z.boolean(), z.enum(["auto"])]).meta({ description, examples: ["auto"] });

const hostSchema = z.strictObject({
  budget: sizeField(
    "What all managed guests together may use; a share is of the host's memory less its huge pages",
  ).prefault("auto"),
  reserve: sizeField("Kept free for the host and for emergency grants").prefault("auto"),
  accounting: oneOf(
    ["resident", "strict"],
    "resident lends on what guests hold; strict keeps the sum of their sizes within the budget",
  ).default("resident"),
});

const controlSchema = z.strictObject({
  socket: socketField("Where `ballast` talks to the broker", "/run/ballast/control.sock").prefault(
    "/run/ballast/control.sock",
  ),
  http: listenField("Where metrics and reads of the API are served; null: nowhere", "127.0.0.1:7780")
    .nullable()
    .default(null),
  token: pathField(
    "File of the tokens that may change something over http, one a line; null: nothing can be changed there",
    "/etc/ballast/control.token",
  )
    .nullable()
    .default(null),
});

const websocketSchema = z.strictObject({
  listen: listenField("Address and port for agents without a virtio-serial port", "0.0.0.0:7781"),
  tls: z
    .strictObject({
      cert: pathField("Certificate chain, PEM", "/etc/ballast/tls/cert.pem"),
      key: pathField("Its private key, PEM", "/etc/ballast/tls/key.pem"),
    })
    .optional(),
  tokens: pathField(
    "File of the agents' tokens, as `ballast agent token` writes it",
    DEFAULT_TOKENS_PATH,
  ).prefault(DEFAULT_TOKENS_PATH),
  insecure: z
    .boolean()
    .default(false)
    .meta({
      description:
        "Listen without tls on an address that others can reach: tokens then cross the network readable",
      examples: [false],
    }),
});

const modeField = () =>
  oneOf(
    [...MONITOR_MODES],
    "own keeps the monitor connected; lease connects for moments, because other programs use it too",
  );

const guestSchema = z.strictObject({
  name: guestNameField(),
  qmp: socketField("QMP monitor's unix socket", "/run/vm/web1.qmp"),
  qmpMode: modeField().optional(),
  agent: socketField("Unix socket of the port org.ballast.agent.0", "/run/vm/web1.agent").optional(),
  min: minField().optional(),
  max: maxField().optional(),
  shares: sharesField().optional(),
  trust: trustField(
    "Guests of one label may share pages through KSM; those without share with each other",
  ).optional(),
});

const guestsSchema = z.strictObject({
  defaults: z
    .strictObject({
      min: minField().prefault("auto"),
      max: maxField().prefault("auto"),
      shares: sharesField().default(DEFAULT_SHARES),
    })
    .prefault({}),
  static: z.array(guestSchema).max(MOST_GUESTS).default([]),
  allowRemoval: z
    .boolean()
    .default(false)
    .meta({
      description: "A reload in which more than half of the guests are gone is refused unless this is true",
      examples: [true],
    }),
  proxmox: z
    .strictObject({
      enabled: enabledField("Find this Proxmox node's guests; auto: where there is one").default("auto"),
      folder: pathField("Where the cluster's files are", DEFAULT_PVE_FOLDER).prefault(DEFAULT_PVE_FOLDER),
    })
    .prefault({}),
  libvirt: z
    .strictObject({
      enabled: enabledField("Find the running domains of libvirt; auto: where there is one").default("auto"),
      uri: libvirtField("Which libvirt of this host", DEFAULT_LIBVIRT).prefault(DEFAULT_LIBVIRT),
    })
    .prefault({}),
  qemu: enabledField(
    "Find running QEMUs that neither Proxmox nor libvirt manages, by their command lines",
  ).default(false),
  overrides: z
    .record(
      guestNameField(),
      z.strictObject({
        qmpMode: modeField().optional(),
        min: minField().optional(),
        max: maxField().optional(),
        shares: sharesField().optional(),
        trust: trustField("As in guests.static").optional(),
      }),
    )
    .refine((overrides) => Object.keys(overrides).length <= MOST_GUESTS, `more than ${MOST_GUESTS} guests`)
    .default({})
    .meta({
      description: "Settings of guests that were found, by name; they go before the platform's own",
      examples: [{ "qemu/100": { shares: 2000 } }],
    }),
});

const natsAddress = () =>
  z
    .string()
    .regex(
      /^(?:nats|tls):\/\/[^\s/@]+$/,
      "write an address such as nats://10.0.0.5:4222; credentials go into their own file",
    )
    .meta({ description: "Address of a NATS server with JetStream", examples: ["nats://10.0.0.5:4222"] });

const fleetSchema = z.strictObject({
  nats: z.union([natsAddress().transform((one) => [one]), z.array(natsAddress()).min(1).max(16)]),
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9.-]{0,252}$/, "write letters, digits, dots and hyphens")
    .optional()
    .meta({ description: "Name of this host in the fleet; its own if left out", examples: ["node1"] }),
  credentials: pathField("File of NATS credentials", "/etc/ballast/fleet.creds").optional(),
  ca: pathField("Certificate authority of the NATS servers, PEM", "/etc/ballast/fleet-ca.pem").optional(),
});

export const configSchema = z
  .strictObject({
    mode: oneOf(["observe", "act"], "observe only decides and reports, act also moves balloons").default(
      "observe",
    ),
    host: hostSchema.prefault({}),
    control: controlSchema.prefault({}),
    agents: z.strictObject({ websocket: websocketSchema.optional() }).prefault({}),
    guests: guestsSchema.prefault({}),
    ksm: ksmSchema.prefault({}),
    fleet: fleetSchema.optional(),
    state: pathField("Folder for what must outlive a restart", "/var/lib/ballast").prefault(
      "/var/lib/ballast",
    ),
    history: z
      .strictObject({
        enabled: z
          .boolean()
          .default(true)
          .meta({
            description: "Remember guests, host and moves in history.db in the state folder",
            examples: [true],
          }),
        maxSize: bytesField("The file is kept below this: the oldest is dropped").prefault("1GiB"),
      })
      .prefault({}),
    onStop: oneOf(
      ["hold", "release"],
      "Balloons when the broker stops: left as they are, or given all of their memory",
    ).default("hold"),
    onAgentLoss: oneOf(
      ["hold", "release"],
      "A guest whose agent went silent keeps its size, or grows",
    ).default("hold"),
    log: z
      .strictObject({
        level: oneOf(["error", "warn", "info", "debug"], "Least severe level that is logged").default("info"),
      })
      .prefault({}),
    tuning: tuningSchema.prefault({}),
  })
  .meta({ title: "ballastd.yaml", description: "Config of the Ballast broker" });

/** What a valid file says, defaults filled in. */
export type ConfigFile = z.output<typeof configSchema>;
