import * as $protobuf from "protobufjs";

/** Namespace ballast. */
export namespace ballast {

    /** Namespace guest. */
    namespace guest {

        /** Namespace v1. */
        namespace v1 {

            /**
             * Properties of an Envelope.
             * @deprecated Use ballast.guest.v1.Envelope.$Properties instead.
             */
            interface IEnvelope extends ballast.guest.v1.Envelope.$Properties {
            }

            /** Represents an Envelope. */
            class Envelope {

                /**
                 * Constructs a new Envelope.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ballast.guest.v1.Envelope.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Envelope session. */
                session: Uint8Array;

                /** Envelope sequence. */
                sequence: number;

                /** Envelope hello. */
                hello?: (ballast.guest.v1.Hello.$Properties|null);

                /** Envelope welcome. */
                welcome?: (ballast.guest.v1.Welcome.$Properties|null);

                /** Envelope goodbye. */
                goodbye?: (ballast.guest.v1.Goodbye.$Properties|null);

                /** Envelope report. */
                report?: (ballast.guest.v1.Report.$Properties|null);

                /** Envelope demand. */
                demand?: (ballast.guest.v1.Demand.$Properties|null);

                /** Envelope ack. */
                ack?: (ballast.guest.v1.Ack.$Properties|null);

                /** Envelope demandReply. */
                demandReply?: (ballast.guest.v1.DemandReply.$Properties|null);

                /** Envelope tuning. */
                tuning?: (ballast.guest.v1.Tuning.$Properties|null);

                /** Envelope inflationNotice. */
                inflationNotice?: (ballast.guest.v1.InflationNotice.$Properties|null);

                /** Envelope body. */
                body?: ("hello"|"welcome"|"goodbye"|"report"|"demand"|"ack"|"demandReply"|"tuning"|"inflationNotice");

                /**
                 * Encodes the specified Envelope message. Does not implicitly {@link ballast.guest.v1.Envelope.verify|verify} messages.
                 * @param message Envelope message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ballast.guest.v1.Envelope.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an Envelope message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ballast.guest.v1.Envelope & ballast.guest.v1.Envelope.$Shape} Envelope
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ballast.guest.v1.Envelope & ballast.guest.v1.Envelope.$Shape;
            }

            namespace Envelope {

                /** Properties of an Envelope. */
                interface $Properties {

                    /** Envelope session */
                    session?: (Uint8Array|null);

                    /** Envelope sequence */
                    sequence?: (number|null);

                    /** Envelope hello */
                    hello?: (ballast.guest.v1.Hello.$Properties|null);

                    /** Envelope welcome */
                    welcome?: (ballast.guest.v1.Welcome.$Properties|null);

                    /** Envelope goodbye */
                    goodbye?: (ballast.guest.v1.Goodbye.$Properties|null);

                    /** Envelope report */
                    report?: (ballast.guest.v1.Report.$Properties|null);

                    /** Envelope demand */
                    demand?: (ballast.guest.v1.Demand.$Properties|null);

                    /** Envelope ack */
                    ack?: (ballast.guest.v1.Ack.$Properties|null);

                    /** Envelope demandReply */
                    demandReply?: (ballast.guest.v1.DemandReply.$Properties|null);

                    /** Envelope tuning */
                    tuning?: (ballast.guest.v1.Tuning.$Properties|null);

                    /** Envelope inflationNotice */
                    inflationNotice?: (ballast.guest.v1.InflationNotice.$Properties|null);

                    /** Envelope body */
                    body?: ("hello"|"welcome"|"goodbye"|"report"|"demand"|"ack"|"demandReply"|"tuning"|"inflationNotice");

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Narrowed shape of an Envelope. */
                type $Shape = {
                  session?: Uint8Array|null;
                  sequence?: number|null;
                  hello?: ballast.guest.v1.Hello.$Shape|null;
                  welcome?: ballast.guest.v1.Welcome.$Shape|null;
                  goodbye?: ballast.guest.v1.Goodbye.$Shape|null;
                  report?: ballast.guest.v1.Report.$Shape|null;
                  demand?: ballast.guest.v1.Demand.$Shape|null;
                  ack?: ballast.guest.v1.Ack.$Shape|null;
                  demandReply?: ballast.guest.v1.DemandReply.$Shape|null;
                  tuning?: ballast.guest.v1.Tuning.$Shape|null;
                  inflationNotice?: ballast.guest.v1.InflationNotice.$Shape|null;
                  $unknowns?: Uint8Array[];
                } & (
                  ({ body?: undefined; hello?: null; welcome?: null; goodbye?: null; report?: null; demand?: null; ack?: null; demandReply?: null; tuning?: null; inflationNotice?: null }|{ body?: "hello"; hello: ballast.guest.v1.Hello.$Shape; welcome?: null; goodbye?: null; report?: null; demand?: null; ack?: null; demandReply?: null; tuning?: null; inflationNotice?: null }|{ body?: "welcome"; hello?: null; welcome: ballast.guest.v1.Welcome.$Shape; goodbye?: null; report?: null; demand?: null; ack?: null; demandReply?: null; tuning?: null; inflationNotice?: null }|{ body?: "goodbye"; hello?: null; welcome?: null; goodbye: ballast.guest.v1.Goodbye.$Shape; report?: null; demand?: null; ack?: null; demandReply?: null; tuning?: null; inflationNotice?: null }|{ body?: "report"; hello?: null; welcome?: null; goodbye?: null; report: ballast.guest.v1.Report.$Shape; demand?: null; ack?: null; demandReply?: null; tuning?: null; inflationNotice?: null }|{ body?: "demand"; hello?: null; welcome?: null; goodbye?: null; report?: null; demand: ballast.guest.v1.Demand.$Shape; ack?: null; demandReply?: null; tuning?: null; inflationNotice?: null }|{ body?: "ack"; hello?: null; welcome?: null; goodbye?: null; report?: null; demand?: null; ack: ballast.guest.v1.Ack.$Shape; demandReply?: null; tuning?: null; inflationNotice?: null }|{ body?: "demandReply"; hello?: null; welcome?: null; goodbye?: null; report?: null; demand?: null; ack?: null; demandReply: ballast.guest.v1.DemandReply.$Shape; tuning?: null; inflationNotice?: null }|{ body?: "tuning"; hello?: null; welcome?: null; goodbye?: null; report?: null; demand?: null; ack?: null; demandReply?: null; tuning: ballast.guest.v1.Tuning.$Shape; inflationNotice?: null }|{ body?: "inflationNotice"; hello?: null; welcome?: null; goodbye?: null; report?: null; demand?: null; ack?: null; demandReply?: null; tuning?: null; inflationNotice: ballast.guest.v1.InflationNotice.$Shape })
                );
            }

            /** Capability enum. */
            enum Capability {

                /** CAPABILITY_UNSPECIFIED value */
                CAPABILITY_UNSPECIFIED = 0,

                /** CAPABILITY_PRESSURE_STALL value */
                CAPABILITY_PRESSURE_STALL = 1,

                /** CAPABILITY_REFAULTS value */
                CAPABILITY_REFAULTS = 2,

                /** CAPABILITY_BALLOON_SIZE value */
                CAPABILITY_BALLOON_SIZE = 3,

                /** CAPABILITY_DEFLATE_ON_OOM value */
                CAPABILITY_DEFLATE_ON_OOM = 4,

                /** CAPABILITY_MEMORY_LOCKED value */
                CAPABILITY_MEMORY_LOCKED = 5
            }

            /** OsFamily enum. */
            enum OsFamily {

                /** OS_FAMILY_UNSPECIFIED value */
                OS_FAMILY_UNSPECIFIED = 0,

                /** OS_FAMILY_LINUX value */
                OS_FAMILY_LINUX = 1,

                /** OS_FAMILY_WINDOWS value */
                OS_FAMILY_WINDOWS = 2
            }

            /**
             * Properties of a Hello.
             * @deprecated Use ballast.guest.v1.Hello.$Properties instead.
             */
            interface IHello extends ballast.guest.v1.Hello.$Properties {
            }

            /** Represents a Hello. */
            class Hello {

                /**
                 * Constructs a new Hello.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ballast.guest.v1.Hello.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Hello minVersion. */
                minVersion: number;

                /** Hello maxVersion. */
                maxVersion: number;

                /** Hello capabilities. */
                capabilities: ballast.guest.v1.Capability[];

                /** Hello nonce. */
                nonce: Uint8Array;

                /** Hello bootId. */
                bootId: string;

                /** Hello os. */
                os: ballast.guest.v1.OsFamily;

                /** Hello osVersion. */
                osVersion: string;

                /** Hello agentVersion. */
                agentVersion: string;

                /** Hello pageSizeBytes. */
                pageSizeBytes: number;

                /**
                 * Encodes the specified Hello message. Does not implicitly {@link ballast.guest.v1.Hello.verify|verify} messages.
                 * @param message Hello message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ballast.guest.v1.Hello.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Hello message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ballast.guest.v1.Hello & ballast.guest.v1.Hello.$Shape} Hello
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ballast.guest.v1.Hello & ballast.guest.v1.Hello.$Shape;
            }

            namespace Hello {

                /** Properties of a Hello. */
                interface $Properties {

                    /** Hello minVersion */
                    minVersion?: (number|null);

                    /** Hello maxVersion */
                    maxVersion?: (number|null);

                    /** Hello capabilities */
                    capabilities?: (ballast.guest.v1.Capability[]|null);

                    /** Hello nonce */
                    nonce?: (Uint8Array|null);

                    /** Hello bootId */
                    bootId?: (string|null);

                    /** Hello os */
                    os?: (ballast.guest.v1.OsFamily|null);

                    /** Hello osVersion */
                    osVersion?: (string|null);

                    /** Hello agentVersion */
                    agentVersion?: (string|null);

                    /** Hello pageSizeBytes */
                    pageSizeBytes?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Hello. */
                type $Shape = ballast.guest.v1.Hello.$Properties;
            }

            /**
             * Properties of a Welcome.
             * @deprecated Use ballast.guest.v1.Welcome.$Properties instead.
             */
            interface IWelcome extends ballast.guest.v1.Welcome.$Properties {
            }

            /** Represents a Welcome. */
            class Welcome {

                /**
                 * Constructs a new Welcome.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ballast.guest.v1.Welcome.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Welcome version. */
                version: number;

                /** Welcome session. */
                session: Uint8Array;

                /** Welcome nonce. */
                nonce: Uint8Array;

                /** Welcome tuning. */
                tuning?: (ballast.guest.v1.Tuning.$Properties|null);

                /**
                 * Encodes the specified Welcome message. Does not implicitly {@link ballast.guest.v1.Welcome.verify|verify} messages.
                 * @param message Welcome message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ballast.guest.v1.Welcome.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Welcome message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ballast.guest.v1.Welcome & ballast.guest.v1.Welcome.$Shape} Welcome
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ballast.guest.v1.Welcome & ballast.guest.v1.Welcome.$Shape;
            }

            namespace Welcome {

                /** Properties of a Welcome. */
                interface $Properties {

                    /** Welcome version */
                    version?: (number|null);

                    /** Welcome session */
                    session?: (Uint8Array|null);

                    /** Welcome nonce */
                    nonce?: (Uint8Array|null);

                    /** Welcome tuning */
                    tuning?: (ballast.guest.v1.Tuning.$Properties|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Welcome. */
                type $Shape = ballast.guest.v1.Welcome.$Properties;
            }

            /** GoodbyeReason enum. */
            enum GoodbyeReason {

                /** GOODBYE_REASON_UNSPECIFIED value */
                GOODBYE_REASON_UNSPECIFIED = 0,

                /** GOODBYE_REASON_VERSION value */
                GOODBYE_REASON_VERSION = 1,

                /** GOODBYE_REASON_UNKNOWN_SESSION value */
                GOODBYE_REASON_UNKNOWN_SESSION = 2,

                /** GOODBYE_REASON_SHUTDOWN value */
                GOODBYE_REASON_SHUTDOWN = 3,

                /** GOODBYE_REASON_PROTOCOL value */
                GOODBYE_REASON_PROTOCOL = 4,

                /** GOODBYE_REASON_RATE value */
                GOODBYE_REASON_RATE = 5,

                /** GOODBYE_REASON_SUPERSEDED value */
                GOODBYE_REASON_SUPERSEDED = 6,

                /** GOODBYE_REASON_OTHER_CHANNEL value */
                GOODBYE_REASON_OTHER_CHANNEL = 7
            }

            /**
             * Properties of a Goodbye.
             * @deprecated Use ballast.guest.v1.Goodbye.$Properties instead.
             */
            interface IGoodbye extends ballast.guest.v1.Goodbye.$Properties {
            }

            /** Represents a Goodbye. */
            class Goodbye {

                /**
                 * Constructs a new Goodbye.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ballast.guest.v1.Goodbye.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Goodbye reason. */
                reason: ballast.guest.v1.GoodbyeReason;

                /** Goodbye minVersion. */
                minVersion: number;

                /** Goodbye maxVersion. */
                maxVersion: number;

                /**
                 * Encodes the specified Goodbye message. Does not implicitly {@link ballast.guest.v1.Goodbye.verify|verify} messages.
                 * @param message Goodbye message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ballast.guest.v1.Goodbye.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Goodbye message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ballast.guest.v1.Goodbye & ballast.guest.v1.Goodbye.$Shape} Goodbye
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ballast.guest.v1.Goodbye & ballast.guest.v1.Goodbye.$Shape;
            }

            namespace Goodbye {

                /** Properties of a Goodbye. */
                interface $Properties {

                    /** Goodbye reason */
                    reason?: (ballast.guest.v1.GoodbyeReason|null);

                    /** Goodbye minVersion */
                    minVersion?: (number|null);

                    /** Goodbye maxVersion */
                    maxVersion?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Goodbye. */
                type $Shape = ballast.guest.v1.Goodbye.$Properties;
            }

            /**
             * Properties of an Ack.
             * @deprecated Use ballast.guest.v1.Ack.$Properties instead.
             */
            interface IAck extends ballast.guest.v1.Ack.$Properties {
            }

            /** Represents an Ack. */
            class Ack {

                /**
                 * Constructs a new Ack.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ballast.guest.v1.Ack.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Ack sequence. */
                sequence: number;

                /**
                 * Encodes the specified Ack message. Does not implicitly {@link ballast.guest.v1.Ack.verify|verify} messages.
                 * @param message Ack message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ballast.guest.v1.Ack.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an Ack message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ballast.guest.v1.Ack & ballast.guest.v1.Ack.$Shape} Ack
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ballast.guest.v1.Ack & ballast.guest.v1.Ack.$Shape;
            }

            namespace Ack {

                /** Properties of an Ack. */
                interface $Properties {

                    /** Ack sequence */
                    sequence?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an Ack. */
                type $Shape = ballast.guest.v1.Ack.$Properties;
            }

            /** DemandOutcome enum. */
            enum DemandOutcome {

                /** DEMAND_OUTCOME_UNSPECIFIED value */
                DEMAND_OUTCOME_UNSPECIFIED = 0,

                /** DEMAND_OUTCOME_GRANTED value */
                DEMAND_OUTCOME_GRANTED = 1,

                /** DEMAND_OUTCOME_PARTIAL value */
                DEMAND_OUTCOME_PARTIAL = 2,

                /** DEMAND_OUTCOME_REFUSED value */
                DEMAND_OUTCOME_REFUSED = 3
            }

            /**
             * Properties of a DemandReply.
             * @deprecated Use ballast.guest.v1.DemandReply.$Properties instead.
             */
            interface IDemandReply extends ballast.guest.v1.DemandReply.$Properties {
            }

            /** Represents a DemandReply. */
            class DemandReply {

                /**
                 * Constructs a new DemandReply.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ballast.guest.v1.DemandReply.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** DemandReply demandSequence. */
                demandSequence: number;

                /** DemandReply outcome. */
                outcome: ballast.guest.v1.DemandOutcome;

                /** DemandReply grantedBytes. */
                grantedBytes: number;

                /** DemandReply targetBytes. */
                targetBytes: number;

                /**
                 * Encodes the specified DemandReply message. Does not implicitly {@link ballast.guest.v1.DemandReply.verify|verify} messages.
                 * @param message DemandReply message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ballast.guest.v1.DemandReply.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a DemandReply message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ballast.guest.v1.DemandReply & ballast.guest.v1.DemandReply.$Shape} DemandReply
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ballast.guest.v1.DemandReply & ballast.guest.v1.DemandReply.$Shape;
            }

            namespace DemandReply {

                /** Properties of a DemandReply. */
                interface $Properties {

                    /** DemandReply demandSequence */
                    demandSequence?: (number|null);

                    /** DemandReply outcome */
                    outcome?: (ballast.guest.v1.DemandOutcome|null);

                    /** DemandReply grantedBytes */
                    grantedBytes?: (number|null);

                    /** DemandReply targetBytes */
                    targetBytes?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a DemandReply. */
                type $Shape = ballast.guest.v1.DemandReply.$Properties;
            }

            /**
             * Properties of a Tuning.
             * @deprecated Use ballast.guest.v1.Tuning.$Properties instead.
             */
            interface ITuning extends ballast.guest.v1.Tuning.$Properties {
            }

            /** Represents a Tuning. */
            class Tuning {

                /**
                 * Constructs a new Tuning.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ballast.guest.v1.Tuning.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Tuning minIntervalMs. */
                minIntervalMs?: (number|null);

                /** Tuning maxIntervalMs. */
                maxIntervalMs?: (number|null);

                /** Tuning heartbeatMs. */
                heartbeatMs?: (number|null);

                /** Tuning significantBytes. */
                significantBytes?: (number|null);

                /** Tuning assumedGrowthBytesPerSecond. */
                assumedGrowthBytesPerSecond?: (number|null);

                /** Tuning helpMs. */
                helpMs?: (number|null);

                /**
                 * Encodes the specified Tuning message. Does not implicitly {@link ballast.guest.v1.Tuning.verify|verify} messages.
                 * @param message Tuning message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ballast.guest.v1.Tuning.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Tuning message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ballast.guest.v1.Tuning & ballast.guest.v1.Tuning.$Shape} Tuning
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ballast.guest.v1.Tuning & ballast.guest.v1.Tuning.$Shape;
            }

            namespace Tuning {

                /** Properties of a Tuning. */
                interface $Properties {

                    /** Tuning minIntervalMs */
                    minIntervalMs?: (number|null);

                    /** Tuning maxIntervalMs */
                    maxIntervalMs?: (number|null);

                    /** Tuning heartbeatMs */
                    heartbeatMs?: (number|null);

                    /** Tuning significantBytes */
                    significantBytes?: (number|null);

                    /** Tuning assumedGrowthBytesPerSecond */
                    assumedGrowthBytesPerSecond?: (number|null);

                    /** Tuning helpMs */
                    helpMs?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Tuning. */
                type $Shape = ballast.guest.v1.Tuning.$Properties;
            }

            /**
             * Properties of an InflationNotice.
             * @deprecated Use ballast.guest.v1.InflationNotice.$Properties instead.
             */
            interface IInflationNotice extends ballast.guest.v1.InflationNotice.$Properties {
            }

            /** Represents an InflationNotice. */
            class InflationNotice {

                /**
                 * Constructs a new InflationNotice.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ballast.guest.v1.InflationNotice.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** InflationNotice targetBytes. */
                targetBytes?: (number|null);

                /** InflationNotice inflateBytes. */
                inflateBytes?: (number|null);

                /**
                 * Encodes the specified InflationNotice message. Does not implicitly {@link ballast.guest.v1.InflationNotice.verify|verify} messages.
                 * @param message InflationNotice message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ballast.guest.v1.InflationNotice.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an InflationNotice message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ballast.guest.v1.InflationNotice & ballast.guest.v1.InflationNotice.$Shape} InflationNotice
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ballast.guest.v1.InflationNotice & ballast.guest.v1.InflationNotice.$Shape;
            }

            namespace InflationNotice {

                /** Properties of an InflationNotice. */
                interface $Properties {

                    /** InflationNotice targetBytes */
                    targetBytes?: (number|null);

                    /** InflationNotice inflateBytes */
                    inflateBytes?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an InflationNotice. */
                type $Shape = ballast.guest.v1.InflationNotice.$Properties;
            }

            /** Pressure enum. */
            enum Pressure {

                /** PRESSURE_UNSPECIFIED value */
                PRESSURE_UNSPECIFIED = 0,

                /** PRESSURE_NONE value */
                PRESSURE_NONE = 1,

                /** PRESSURE_LOW value */
                PRESSURE_LOW = 2,

                /** PRESSURE_MODERATE value */
                PRESSURE_MODERATE = 3,

                /** PRESSURE_CRITICAL value */
                PRESSURE_CRITICAL = 4
            }

            /**
             * Properties of a Report.
             * @deprecated Use ballast.guest.v1.Report.$Properties instead.
             */
            interface IReport extends ballast.guest.v1.Report.$Properties {
            }

            /** Represents a Report. */
            class Report {

                /**
                 * Constructs a new Report.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ballast.guest.v1.Report.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Report sampledAtMs. */
                sampledAtMs?: (number|null);

                /** Report totalBytes. */
                totalBytes?: (number|null);

                /** Report availableBytes. */
                availableBytes?: (number|null);

                /** Report freeBytes. */
                freeBytes?: (number|null);

                /** Report cacheBytes. */
                cacheBytes?: (number|null);

                /** Report balloonBytes. */
                balloonBytes?: (number|null);

                /** Report pressure. */
                pressure?: (ballast.guest.v1.Pressure|null);

                /** Report growthBytesPerSecond. */
                growthBytesPerSecond?: (number|null);

                /** Report growthPeakBytesPerSecond. */
                growthPeakBytesPerSecond?: (number|null);

                /** Report intervalMs. */
                intervalMs?: (number|null);

                /** Report roundTripMs. */
                roundTripMs?: (number|null);

                /** Report activeCacheBytes. */
                activeCacheBytes?: (number|null);

                /** Report touchBytesPerSecond. */
                touchBytesPerSecond?: (number|null);

                /** Report demandReserveBytes. */
                demandReserveBytes?: (number|null);

                /** Report anonymousBytes. */
                anonymousBytes?: (number|null);

                /** Report sharedBytes. */
                sharedBytes?: (number|null);

                /** Report dirtyBytes. */
                dirtyBytes?: (number|null);

                /** Report unevictableBytes. */
                unevictableBytes?: (number|null);

                /** Report slabReclaimableBytes. */
                slabReclaimableBytes?: (number|null);

                /** Report hugetlbBytes. */
                hugetlbBytes?: (number|null);

                /** Report committedBytes. */
                committedBytes?: (number|null);

                /** Report commitLimitBytes. */
                commitLimitBytes?: (number|null);

                /** Report watermarkReserveBytes. */
                watermarkReserveBytes?: (number|null);

                /** Report arcSizeBytes. */
                arcSizeBytes?: (number|null);

                /** Report arcMinBytes. */
                arcMinBytes?: (number|null);

                /** Report swapTotalBytes. */
                swapTotalBytes?: (number|null);

                /** Report swapFreeBytes. */
                swapFreeBytes?: (number|null);

                /** Report zramUsedBytes. */
                zramUsedBytes?: (number|null);

                /** Report arcAvailableBytes. */
                arcAvailableBytes?: (number|null);

                /** Report refaultFilePagesTotal. */
                refaultFilePagesTotal?: (number|null);

                /** Report refaultAnonPagesTotal. */
                refaultAnonPagesTotal?: (number|null);

                /** Report scanDirectPagesTotal. */
                scanDirectPagesTotal?: (number|null);

                /** Report scanBackgroundPagesTotal. */
                scanBackgroundPagesTotal?: (number|null);

                /** Report stealPagesTotal. */
                stealPagesTotal?: (number|null);

                /** Report allocationStallsTotal. */
                allocationStallsTotal?: (number|null);

                /** Report swapInPagesTotal. */
                swapInPagesTotal?: (number|null);

                /** Report swapOutPagesTotal. */
                swapOutPagesTotal?: (number|null);

                /** Report majorFaultsTotal. */
                majorFaultsTotal?: (number|null);

                /** Report oomKillsTotal. */
                oomKillsTotal?: (number|null);

                /** Report pageInKibTotal. */
                pageInKibTotal?: (number|null);

                /** Report stallSomeUsTotal. */
                stallSomeUsTotal?: (number|null);

                /** Report stallFullUsTotal. */
                stallFullUsTotal?: (number|null);

                /** Report agentCpuUsTotal. */
                agentCpuUsTotal?: (number|null);

                /** Report agentPrivateBytes. */
                agentPrivateBytes?: (number|null);

                /**
                 * Encodes the specified Report message. Does not implicitly {@link ballast.guest.v1.Report.verify|verify} messages.
                 * @param message Report message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ballast.guest.v1.Report.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Report message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ballast.guest.v1.Report & ballast.guest.v1.Report.$Shape} Report
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ballast.guest.v1.Report & ballast.guest.v1.Report.$Shape;
            }

            namespace Report {

                /** Properties of a Report. */
                interface $Properties {

                    /** Report sampledAtMs */
                    sampledAtMs?: (number|null);

                    /** Report totalBytes */
                    totalBytes?: (number|null);

                    /** Report availableBytes */
                    availableBytes?: (number|null);

                    /** Report freeBytes */
                    freeBytes?: (number|null);

                    /** Report cacheBytes */
                    cacheBytes?: (number|null);

                    /** Report balloonBytes */
                    balloonBytes?: (number|null);

                    /** Report pressure */
                    pressure?: (ballast.guest.v1.Pressure|null);

                    /** Report growthBytesPerSecond */
                    growthBytesPerSecond?: (number|null);

                    /** Report growthPeakBytesPerSecond */
                    growthPeakBytesPerSecond?: (number|null);

                    /** Report intervalMs */
                    intervalMs?: (number|null);

                    /** Report roundTripMs */
                    roundTripMs?: (number|null);

                    /** Report activeCacheBytes */
                    activeCacheBytes?: (number|null);

                    /** Report touchBytesPerSecond */
                    touchBytesPerSecond?: (number|null);

                    /** Report demandReserveBytes */
                    demandReserveBytes?: (number|null);

                    /** Report anonymousBytes */
                    anonymousBytes?: (number|null);

                    /** Report sharedBytes */
                    sharedBytes?: (number|null);

                    /** Report dirtyBytes */
                    dirtyBytes?: (number|null);

                    /** Report unevictableBytes */
                    unevictableBytes?: (number|null);

                    /** Report slabReclaimableBytes */
                    slabReclaimableBytes?: (number|null);

                    /** Report hugetlbBytes */
                    hugetlbBytes?: (number|null);

                    /** Report committedBytes */
                    committedBytes?: (number|null);

                    /** Report commitLimitBytes */
                    commitLimitBytes?: (number|null);

                    /** Report watermarkReserveBytes */
                    watermarkReserveBytes?: (number|null);

                    /** Report arcSizeBytes */
                    arcSizeBytes?: (number|null);

                    /** Report arcMinBytes */
                    arcMinBytes?: (number|null);

                    /** Report swapTotalBytes */
                    swapTotalBytes?: (number|null);

                    /** Report swapFreeBytes */
                    swapFreeBytes?: (number|null);

                    /** Report zramUsedBytes */
                    zramUsedBytes?: (number|null);

                    /** Report arcAvailableBytes */
                    arcAvailableBytes?: (number|null);

                    /** Report refaultFilePagesTotal */
                    refaultFilePagesTotal?: (number|null);

                    /** Report refaultAnonPagesTotal */
                    refaultAnonPagesTotal?: (number|null);

                    /** Report scanDirectPagesTotal */
                    scanDirectPagesTotal?: (number|null);

                    /** Report scanBackgroundPagesTotal */
                    scanBackgroundPagesTotal?: (number|null);

                    /** Report stealPagesTotal */
                    stealPagesTotal?: (number|null);

                    /** Report allocationStallsTotal */
                    allocationStallsTotal?: (number|null);

                    /** Report swapInPagesTotal */
                    swapInPagesTotal?: (number|null);

                    /** Report swapOutPagesTotal */
                    swapOutPagesTotal?: (number|null);

                    /** Report majorFaultsTotal */
                    majorFaultsTotal?: (number|null);

                    /** Report oomKillsTotal */
                    oomKillsTotal?: (number|null);

                    /** Report pageInKibTotal */
                    pageInKibTotal?: (number|null);

                    /** Report stallSomeUsTotal */
                    stallSomeUsTotal?: (number|null);

                    /** Report stallFullUsTotal */
                    stallFullUsTotal?: (number|null);

                    /** Report agentCpuUsTotal */
                    agentCpuUsTotal?: (number|null);

                    /** Report agentPrivateBytes */
                    agentPrivateBytes?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Report. */
                type $Shape = ballast.guest.v1.Report.$Properties;
            }

            /**
             * Properties of a Demand.
             * @deprecated Use ballast.guest.v1.Demand.$Properties instead.
             */
            interface IDemand extends ballast.guest.v1.Demand.$Properties {
            }

            /** Represents a Demand. */
            class Demand {

                /**
                 * Constructs a new Demand.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ballast.guest.v1.Demand.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Demand level. */
                level?: (ballast.guest.v1.Pressure|null);

                /** Demand needBytes. */
                needBytes?: (number|null);

                /** Demand availableBytes. */
                availableBytes?: (number|null);

                /** Demand growthBytesPerSecond. */
                growthBytesPerSecond?: (number|null);

                /** Demand exhaustedInMs. */
                exhaustedInMs?: (number|null);

                /** Demand sampledAtMs. */
                sampledAtMs?: (number|null);

                /** Demand balloonBytes. */
                balloonBytes?: (number|null);

                /** Demand totalBytes. */
                totalBytes?: (number|null);

                /** Demand arcAvailableBytes. */
                arcAvailableBytes?: (number|null);

                /**
                 * Encodes the specified Demand message. Does not implicitly {@link ballast.guest.v1.Demand.verify|verify} messages.
                 * @param message Demand message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ballast.guest.v1.Demand.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Demand message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ballast.guest.v1.Demand & ballast.guest.v1.Demand.$Shape} Demand
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ballast.guest.v1.Demand & ballast.guest.v1.Demand.$Shape;
            }

            namespace Demand {

                /** Properties of a Demand. */
                interface $Properties {

                    /** Demand level */
                    level?: (ballast.guest.v1.Pressure|null);

                    /** Demand needBytes */
                    needBytes?: (number|null);

                    /** Demand availableBytes */
                    availableBytes?: (number|null);

                    /** Demand growthBytesPerSecond */
                    growthBytesPerSecond?: (number|null);

                    /** Demand exhaustedInMs */
                    exhaustedInMs?: (number|null);

                    /** Demand sampledAtMs */
                    sampledAtMs?: (number|null);

                    /** Demand balloonBytes */
                    balloonBytes?: (number|null);

                    /** Demand totalBytes */
                    totalBytes?: (number|null);

                    /** Demand arcAvailableBytes */
                    arcAvailableBytes?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Demand. */
                type $Shape = ballast.guest.v1.Demand.$Properties;
            }
        }
    }
}
