/** libvirt's events that are followed here, decoded. Pure. */
import type { XdrType } from "@stellar/js-xdr";
import {
  balloonEvent,
  type DomainRef,
  deviceEvent,
  lifecycleEvent,
  memoryDeviceEvent,
  metadataEvent,
  rebootEvent,
  textOf,
  uuidText,
} from "./wire.ts";

/** `virDomainEventID` (`include/libvirt/libvirt-domain.h`) and the procedure that brings each. */
const EVENTS = {
  lifecycle: { id: 0, procedure: 318 },
  reboot: { id: 1, procedure: 319 },
  balloon: { id: 13, procedure: 331 },
  deviceRemoved: { id: 15, procedure: 333 },
  deviceAdded: { id: 19, procedure: 354 },
  metadata: { id: 23, procedure: 379 },
  /** Since libvirt 7.9. */
  memoryDevice: { id: 26, procedure: 438 },
} as const;

/** Ids of the events to register for. */
export const EVENT_IDS: readonly number[] = Object.values(EVENTS).map(({ id }) => id);

/** `virDomainEventType`. */
export const LIFECYCLE = {
  defined: 0,
  undefined: 1,
  started: 2,
  suspended: 3,
  resumed: 4,
  stopped: 5,
  shutdown: 6,
  suspendedByGuest: 7,
  crashed: 8,
} as const;

export type DomainEvent =
  | { readonly kind: "lifecycle"; readonly uuid: string; readonly event: number }
  | { readonly kind: "reboot"; readonly uuid: string }
  | { readonly kind: "balloon"; readonly uuid: string; readonly actualBytes: number }
  /** A device came or went; `alias` is libvirt's name of it, such as `dimm0`. */
  | { readonly kind: "device"; readonly uuid: string; readonly alias: string }
  | { readonly kind: "metadata"; readonly uuid: string };

type Decoder = (payload: Uint8Array) => DomainEvent;

function decoder<Message extends { readonly domain: DomainRef }>(
  type: XdrType<Message>,
  eventOf: (message: Message, uuid: string) => DomainEvent,
): Decoder {
  return (payload) => {
    const message = type.decode(payload);
    return eventOf(message, uuidText(message.domain.uuid));
  };
}

const device = decoder(deviceEvent, ({ alias }, uuid) => ({ kind: "device", uuid, alias: textOf(alias) }));

const DECODERS: ReadonlyMap<number, Decoder> = new Map([
  [
    EVENTS.lifecycle.procedure,
    decoder(lifecycleEvent, ({ event }, uuid) => ({ kind: "lifecycle", uuid, event })),
  ],
  [EVENTS.reboot.procedure, decoder(rebootEvent, (_, uuid) => ({ kind: "reboot", uuid }))],
  [
    EVENTS.balloon.procedure,
    decoder(balloonEvent, ({ actual }, uuid) => ({
      kind: "balloon",
      uuid,
      actualBytes: Number(actual) * 1024,
    })),
  ],
  [EVENTS.deviceRemoved.procedure, device],
  [EVENTS.deviceAdded.procedure, device],
  [EVENTS.metadata.procedure, decoder(metadataEvent, (_, uuid) => ({ kind: "metadata", uuid }))],
  [
    EVENTS.memoryDevice.procedure,
    decoder(memoryDeviceEvent, ({ alias }, uuid) => ({ kind: "device", uuid, alias: textOf(alias) })),
  ],
]);

/** The event that a message carries; `undefined` for one that is not followed. Throws an `XdrError` for one that cannot be read. */
export function decodeEvent(procedure: number, payload: Uint8Array): DomainEvent | undefined {
  return DECODERS.get(procedure)?.(payload);
}
