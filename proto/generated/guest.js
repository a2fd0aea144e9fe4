/*eslint-disable block-scoped-var, id-length, no-control-regex, no-magic-numbers, no-mixed-operators, no-prototype-builtins, no-redeclare, no-shadow, no-var, sort-vars, default-case, jsdoc/require-param*/
import $protobuf from "protobufjs/minimal.js";

const $Reader = $protobuf.Reader, $Writer = $protobuf.Writer, $util = $protobuf.util;
const $Object = $util.global.Object, $undefined = $util.global.undefined, $Error = $util.global.Error, $RangeError = $util.global.RangeError;

const $root = $protobuf.roots["default"] || ($protobuf.roots["default"] = {});

export const ballast = $root.ballast = (() => {

    const ballast = {};

    ballast.guest = (function() {

        const guest = {};

        guest.v1 = (function() {

            const v1 = {};

            v1.Envelope = (function() {

                const Envelope = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                Envelope.prototype.session = $util.newBuffer([]);
                Envelope.prototype.sequence = 0;
                Envelope.prototype.hello = null;
                Envelope.prototype.welcome = null;
                Envelope.prototype.goodbye = null;
                Envelope.prototype.report = null;
                Envelope.prototype.demand = null;
                Envelope.prototype.ack = null;
                Envelope.prototype.demandReply = null;
                Envelope.prototype.tuning = null;
                Envelope.prototype.inflationNotice = null;

                let $oneOfFields;

                $Object.defineProperty(Envelope.prototype, "body", {
                    get: $util.oneOfGetter($oneOfFields = ["hello", "welcome", "goodbye", "report", "demand", "ack", "demandReply", "tuning", "inflationNotice"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                Envelope.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.session != null && $Object.hasOwnProperty.call(message, "session") && message.session.length)
                        writer.uint32(10).bytes(message.session);
                    if (message.sequence != null && $Object.hasOwnProperty.call(message, "sequence") && message.sequence !== 0)
                        writer.uint32(16).uint32(message.sequence);
                    if (message.hello != null && $Object.hasOwnProperty.call(message, "hello"))
                        $root.ballast.guest.v1.Hello.encode(message.hello, writer.uint32(82).fork(), _depth + 1).ldelim();
                    if (message.welcome != null && $Object.hasOwnProperty.call(message, "welcome"))
                        $root.ballast.guest.v1.Welcome.encode(message.welcome, writer.uint32(90).fork(), _depth + 1).ldelim();
                    if (message.goodbye != null && $Object.hasOwnProperty.call(message, "goodbye"))
                        $root.ballast.guest.v1.Goodbye.encode(message.goodbye, writer.uint32(98).fork(), _depth + 1).ldelim();
                    if (message.report != null && $Object.hasOwnProperty.call(message, "report"))
                        $root.ballast.guest.v1.Report.encode(message.report, writer.uint32(162).fork(), _depth + 1).ldelim();
                    if (message.demand != null && $Object.hasOwnProperty.call(message, "demand"))
                        $root.ballast.guest.v1.Demand.encode(message.demand, writer.uint32(170).fork(), _depth + 1).ldelim();
                    if (message.ack != null && $Object.hasOwnProperty.call(message, "ack"))
                        $root.ballast.guest.v1.Ack.encode(message.ack, writer.uint32(242).fork(), _depth + 1).ldelim();
                    if (message.demandReply != null && $Object.hasOwnProperty.call(message, "demandReply"))
                        $root.ballast.guest.v1.DemandReply.encode(message.demandReply, writer.uint32(250).fork(), _depth + 1).ldelim();
                    if (message.tuning != null && $Object.hasOwnProperty.call(message, "tuning"))
                        $root.ballast.guest.v1.Tuning.encode(message.tuning, writer.uint32(258).fork(), _depth + 1).ldelim();
                    if (message.inflationNotice != null && $Object.hasOwnProperty.call(message, "inflationNotice"))
                        $root.ballast.guest.v1.InflationNotice.encode(message.inflationNotice, writer.uint32(266).fork(), _depth + 1).ldelim();
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                Envelope.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.ballast.guest.v1.Envelope();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.bytes()).length)
                                    message.session = value;
                                else
                                    delete message.session;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.sequence = value;
                                else
                                    delete message.sequence;
                                continue;
                            }
                        case 10: {
                                if (wireType !== 2)
                                    break;
                                message.hello = $root.ballast.guest.v1.Hello.decode(reader, reader.size(), $undefined, _depth + 1, message.hello);
                                message.body = "hello";
                                continue;
                            }
                        case 11: {
                                if (wireType !== 2)
                                    break;
                                message.welcome = $root.ballast.guest.v1.Welcome.decode(reader, reader.size(), $undefined, _depth + 1, message.welcome);
                                message.body = "welcome";
                                continue;
                            }
                        case 12: {
                                if (wireType !== 2)
                                    break;
                                message.goodbye = $root.ballast.guest.v1.Goodbye.decode(reader, reader.size(), $undefined, _depth + 1, message.goodbye);
                                message.body = "goodbye";
                                continue;
                            }
                        case 20: {
                                if (wireType !== 2)
                                    break;
                                message.report = $root.ballast.guest.v1.Report.decode(reader, reader.size(), $undefined, _depth + 1, message.report);
                                message.body = "report";
                                continue;
                            }
                        case 21: {
                                if (wireType !== 2)
                                    break;
                                message.demand = $root.ballast.guest.v1.Demand.decode(reader, reader.size(), $undefined, _depth + 1, message.demand);
                                message.body = "demand";
                                continue;
                            }
                        case 30: {
                                if (wireType !== 2)
                                    break;
                                message.ack = $root.ballast.guest.v1.Ack.decode(reader, reader.size(), $undefined, _depth + 1, message.ack);
                                message.body = "ack";
                                continue;
                            }
                        case 31: {
                                if (wireType !== 2)
                                    break;
                                message.demandReply = $root.ballast.guest.v1.DemandReply.decode(reader, reader.size(), $undefined, _depth + 1, message.demandReply);
                                message.body = "demandReply";
                                continue;
                            }
                        case 32: {
                                if (wireType !== 2)
                                    break;
                                message.tuning = $root.ballast.guest.v1.Tuning.decode(reader, reader.size(), $undefined, _depth + 1, message.tuning);
                                message.body = "tuning";
                                continue;
                            }
                        case 33: {
                                if (wireType !== 2)
                                    break;
                                message.inflationNotice = $root.ballast.guest.v1.InflationNotice.decode(reader, reader.size(), $undefined, _depth + 1, message.inflationNotice);
                                message.body = "inflationNotice";
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return Envelope;
            })();

            v1.Capability = (function() {
                const valuesById = $Object.create(null), values = $Object.create(valuesById);
                values[valuesById[0] = "CAPABILITY_UNSPECIFIED"] = 0;
                values[valuesById[1] = "CAPABILITY_PRESSURE_STALL"] = 1;
                values[valuesById[2] = "CAPABILITY_REFAULTS"] = 2;
                values[valuesById[3] = "CAPABILITY_BALLOON_SIZE"] = 3;
                values[valuesById[4] = "CAPABILITY_DEFLATE_ON_OOM"] = 4;
                values[valuesById[5] = "CAPABILITY_MEMORY_LOCKED"] = 5;
                return values;
            })();

            v1.OsFamily = (function() {
                const valuesById = $Object.create(null), values = $Object.create(valuesById);
                values[valuesById[0] = "OS_FAMILY_UNSPECIFIED"] = 0;
                values[valuesById[1] = "OS_FAMILY_LINUX"] = 1;
                values[valuesById[2] = "OS_FAMILY_WINDOWS"] = 2;
                return values;
            })();

            v1.Hello = (function() {

                const Hello = function (properties) {
                    this.capabilities = [];
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                Hello.prototype.minVersion = 0;
                Hello.prototype.maxVersion = 0;
                Hello.prototype.capabilities = $util.emptyArray;
                Hello.prototype.nonce = $util.newBuffer([]);
                Hello.prototype.bootId = "";
                Hello.prototype.os = 0;
                Hello.prototype.osVersion = "";
                Hello.prototype.agentVersion = "";
                Hello.prototype.pageSizeBytes = 0;

                Hello.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.minVersion != null && $Object.hasOwnProperty.call(message, "minVersion") && message.minVersion !== 0)
                        writer.uint32(8).uint32(message.minVersion);
                    if (message.maxVersion != null && $Object.hasOwnProperty.call(message, "maxVersion") && message.maxVersion !== 0)
                        writer.uint32(16).uint32(message.maxVersion);
                    if (message.capabilities != null && message.capabilities.length)
                        writer.uint32(26).int32s(message.capabilities);
                    if (message.nonce != null && $Object.hasOwnProperty.call(message, "nonce") && message.nonce.length)
                        writer.uint32(34).bytes(message.nonce);
                    if (message.bootId != null && $Object.hasOwnProperty.call(message, "bootId") && message.bootId !== "")
                        writer.uint32(42).string(message.bootId);
                    if (message.os != null && $Object.hasOwnProperty.call(message, "os") && message.os !== 0)
                        writer.uint32(48).int32(message.os);
                    if (message.osVersion != null && $Object.hasOwnProperty.call(message, "osVersion") && message.osVersion !== "")
                        writer.uint32(58).string(message.osVersion);
                    if (message.agentVersion != null && $Object.hasOwnProperty.call(message, "agentVersion") && message.agentVersion !== "")
                        writer.uint32(66).string(message.agentVersion);
                    if (message.pageSizeBytes != null && $Object.hasOwnProperty.call(message, "pageSizeBytes") && message.pageSizeBytes !== 0)
                        writer.uint32(72).uint32(message.pageSizeBytes);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                Hello.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.ballast.guest.v1.Hello();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.minVersion = value;
                                else
                                    delete message.minVersion;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.maxVersion = value;
                                else
                                    delete message.maxVersion;
                                continue;
                            }
                        case 3: {
                                if (wireType === 2) {
                                    if (!(message.capabilities && message.capabilities.length))
                                        message.capabilities = [];
                                    reader.int32s(message.capabilities);
                                    continue;
                                }
                                if (wireType !== 0)
                                    break;
                                if (!(message.capabilities && message.capabilities.length))
                                    message.capabilities = [];
                                message.capabilities.push(reader.int32());
                                continue;
                            }
                        case 4: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.bytes()).length)
                                    message.nonce = value;
                                else
                                    delete message.nonce;
                                continue;
                            }
                        case 5: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.bootId = value;
                                else
                                    delete message.bootId;
                                continue;
                            }
                        case 6: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.int32())
                                    message.os = value;
                                else
                                    delete message.os;
                                continue;
                            }
                        case 7: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.osVersion = value;
                                else
                                    delete message.osVersion;
                                continue;
                            }
                        case 8: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.agentVersion = value;
                                else
                                    delete message.agentVersion;
                                continue;
                            }
                        case 9: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.pageSizeBytes = value;
                                else
                                    delete message.pageSizeBytes;
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return Hello;
            })();

            v1.Welcome = (function() {

                const Welcome = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                Welcome.prototype.version = 0;
                Welcome.prototype.session = $util.newBuffer([]);
                Welcome.prototype.nonce = $util.newBuffer([]);
                Welcome.prototype.tuning = null;

                Welcome.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.version != null && $Object.hasOwnProperty.call(message, "version") && message.version !== 0)
                        writer.uint32(8).uint32(message.version);
                    if (message.session != null && $Object.hasOwnProperty.call(message, "session") && message.session.length)
                        writer.uint32(18).bytes(message.session);
                    if (message.nonce != null && $Object.hasOwnProperty.call(message, "nonce") && message.nonce.length)
                        writer.uint32(26).bytes(message.nonce);
                    if (message.tuning != null && $Object.hasOwnProperty.call(message, "tuning"))
                        $root.ballast.guest.v1.Tuning.encode(message.tuning, writer.uint32(34).fork(), _depth + 1).ldelim();
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                Welcome.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.ballast.guest.v1.Welcome();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.version = value;
                                else
                                    delete message.version;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.bytes()).length)
                                    message.session = value;
                                else
                                    delete message.session;
                                continue;
                            }
                        case 3: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.bytes()).length)
                                    message.nonce = value;
                                else
                                    delete message.nonce;
                                continue;
                            }
                        case 4: {
                                if (wireType !== 2)
                                    break;
                                message.tuning = $root.ballast.guest.v1.Tuning.decode(reader, reader.size(), $undefined, _depth + 1, message.tuning);
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return Welcome;
            })();

            v1.GoodbyeReason = (function() {
                const valuesById = $Object.create(null), values = $Object.create(valuesById);
                values[valuesById[0] = "GOODBYE_REASON_UNSPECIFIED"] = 0;
                values[valuesById[1] = "GOODBYE_REASON_VERSION"] = 1;
                values[valuesById[2] = "GOODBYE_REASON_UNKNOWN_SESSION"] = 2;
                values[valuesById[3] = "GOODBYE_REASON_SHUTDOWN"] = 3;
                values[valuesById[4] = "GOODBYE_REASON_PROTOCOL"] = 4;
                values[valuesById[5] = "GOODBYE_REASON_RATE"] = 5;
                values[valuesById[6] = "GOODBYE_REASON_SUPERSEDED"] = 6;
                values[valuesById[7] = "GOODBYE_REASON_OTHER_CHANNEL"] = 7;
                return values;
            })();

            v1.Goodbye = (function() {

                const Goodbye = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                Goodbye.prototype.reason = 0;
                Goodbye.prototype.minVersion = 0;
                Goodbye.prototype.maxVersion = 0;

                Goodbye.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.reason != null && $Object.hasOwnProperty.call(message, "reason") && message.reason !== 0)
                        writer.uint32(8).int32(message.reason);
                    if (message.minVersion != null && $Object.hasOwnProperty.call(message, "minVersion") && message.minVersion !== 0)
                        writer.uint32(16).uint32(message.minVersion);
                    if (message.maxVersion != null && $Object.hasOwnProperty.call(message, "maxVersion") && message.maxVersion !== 0)
                        writer.uint32(24).uint32(message.maxVersion);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                Goodbye.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.ballast.guest.v1.Goodbye();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.int32())
                                    message.reason = value;
                                else
                                    delete message.reason;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.minVersion = value;
                                else
                                    delete message.minVersion;
                                continue;
                            }
                        case 3: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.maxVersion = value;
                                else
                                    delete message.maxVersion;
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return Goodbye;
            })();

            v1.Ack = (function() {

                const Ack = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                Ack.prototype.sequence = 0;

                Ack.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.sequence != null && $Object.hasOwnProperty.call(message, "sequence") && message.sequence !== 0)
                        writer.uint32(8).uint32(message.sequence);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                Ack.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.ballast.guest.v1.Ack();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.sequence = value;
                                else
                                    delete message.sequence;
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return Ack;
            })();

            v1.DemandOutcome = (function() {
                const valuesById = $Object.create(null), values = $Object.create(valuesById);
                values[valuesById[0] = "DEMAND_OUTCOME_UNSPECIFIED"] = 0;
                values[valuesById[1] = "DEMAND_OUTCOME_GRANTED"] = 1;
                values[valuesById[2] = "DEMAND_OUTCOME_PARTIAL"] = 2;
                values[valuesById[3] = "DEMAND_OUTCOME_REFUSED"] = 3;
                return values;
            })();

            v1.DemandReply = (function() {

                const DemandReply = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                DemandReply.prototype.demandSequence = 0;
                DemandReply.prototype.outcome = 0;
                DemandReply.prototype.grantedBytes = $util.Long ? $util.Long.fromBits(0,0,true) : 0;
                DemandReply.prototype.targetBytes = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

                DemandReply.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.demandSequence != null && $Object.hasOwnProperty.call(message, "demandSequence") && message.demandSequence !== 0)
                        writer.uint32(8).uint32(message.demandSequence);
                    if (message.outcome != null && $Object.hasOwnProperty.call(message, "outcome") && message.outcome !== 0)
                        writer.uint32(16).int32(message.outcome);
                    if (message.grantedBytes != null && $Object.hasOwnProperty.call(message, "grantedBytes") && (typeof message.grantedBytes === "object" ? message.grantedBytes.low || message.grantedBytes.high : message.grantedBytes !== 0))
                        writer.uint32(24).uint64(message.grantedBytes);
                    if (message.targetBytes != null && $Object.hasOwnProperty.call(message, "targetBytes") && (typeof message.targetBytes === "object" ? message.targetBytes.low || message.targetBytes.high : message.targetBytes !== 0))
                        writer.uint32(32).uint64(message.targetBytes);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                DemandReply.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.ballast.guest.v1.DemandReply();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.demandSequence = value;
                                else
                                    delete message.demandSequence;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.int32())
                                    message.outcome = value;
                                else
                                    delete message.outcome;
                                continue;
                            }
                        case 3: {
                                if (wireType !== 0)
                                    break;
                                if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                    message.grantedBytes = value;
                                else
                                    delete message.grantedBytes;
                                continue;
                            }
                        case 4: {
                                if (wireType !== 0)
                                    break;
                                if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                    message.targetBytes = value;
                                else
                                    delete message.targetBytes;
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return DemandReply;
            })();

            v1.Tuning = (function() {

                const Tuning = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                Tuning.prototype.minIntervalMs = null;
                Tuning.prototype.maxIntervalMs = null;
                Tuning.prototype.heartbeatMs = null;
                Tuning.prototype.significantBytes = null;
                Tuning.prototype.assumedGrowthBytesPerSecond = null;
                Tuning.prototype.helpMs = null;

                let $oneOfFields;

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(Tuning.prototype, "_minIntervalMs", {
                    get: $util.oneOfGetter($oneOfFields = ["minIntervalMs"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(Tuning.prototype, "_maxIntervalMs", {
                    get: $util.oneOfGetter($oneOfFields = ["maxIntervalMs"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(Tuning.prototype, "_heartbeatMs", {
                    get: $util.oneOfGetter($oneOfFields = ["heartbeatMs"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(Tuning.prototype, "_significantBytes", {
                    get: $util.oneOfGetter($oneOfFields = ["significantBytes"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(Tuning.prototype, "_assumedGrowthBytesPerSecond", {
                    get: $util.oneOfGetter($oneOfFields = ["assumedGrowthBytesPerSecond"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(Tuning.prototype, "_helpMs", {
                    get: $util.oneOfGetter($oneOfFields = ["helpMs"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                Tuning.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.minIntervalMs != null && $Object.hasOwnProperty.call(message, "minIntervalMs"))
                        writer.uint32(8).uint32(message.minIntervalMs);
                    if (message.maxIntervalMs != null && $Object.hasOwnProperty.call(message, "maxIntervalMs"))
                        writer.uint32(16).uint32(message.maxIntervalMs);
                    if (message.heartbeatMs != null && $Object.hasOwnProperty.call(message, "heartbeatMs"))
                        writer.uint32(24).uint32(message.heartbeatMs);
                    if (message.significantBytes != null && $Object.hasOwnProperty.call(message, "significantBytes"))
                        writer.uint32(32).uint64(message.significantBytes);
                    if (message.assumedGrowthBytesPerSecond != null && $Object.hasOwnProperty.call(message, "assumedGrowthBytesPerSecond"))
                        writer.uint32(40).uint64(message.assumedGrowthBytesPerSecond);
                    if (message.helpMs != null && $Object.hasOwnProperty.call(message, "helpMs"))
                        writer.uint32(48).uint32(message.helpMs);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                Tuning.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.ballast.guest.v1.Tuning();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 0)
                                    break;
                                message.minIntervalMs = reader.uint32();
                                message._minIntervalMs = "minIntervalMs";
                                continue;
                            }
                        case 2: {
                                if (wireType !== 0)
                                    break;
                                message.maxIntervalMs = reader.uint32();
                                message._maxIntervalMs = "maxIntervalMs";
                                continue;
                            }
                        case 3: {
                                if (wireType !== 0)
                                    break;
                                message.heartbeatMs = reader.uint32();
                                message._heartbeatMs = "heartbeatMs";
                                continue;
                            }
                        case 4: {
                                if (wireType !== 0)
                                    break;
                                message.significantBytes = reader.uint64();
                                message._significantBytes = "significantBytes";
                                continue;
                            }
                        case 5: {
                                if (wireType !== 0)
                                    break;
                                message.assumedGrowthBytesPerSecond = reader.uint64();
                                message._assumedGrowthBytesPerSecond = "assumedGrowthBytesPerSecond";
                                continue;
                            }
                        case 6: {
                                if (wireType !== 0)
                                    break;
                                message.helpMs = reader.uint32();
                                message._helpMs = "helpMs";
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return Tuning;
            })();

            v1.InflationNotice = (function() {

                const InflationNotice = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                InflationNotice.prototype.targetBytes = null;
                InflationNotice.prototype.inflateBytes = null;

                let $oneOfFields;

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(InflationNotice.prototype, "_targetBytes", {
                    get: $util.oneOfGetter($oneOfFields = ["targetBytes"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(InflationNotice.prototype, "_inflateBytes", {
                    get: $util.oneOfGetter($oneOfFields = ["inflateBytes"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                InflationNotice.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.targetBytes != null && $Object.hasOwnProperty.call(message, "targetBytes"))
                        writer.uint32(8).uint64(message.targetBytes);
                    if (message.inflateBytes != null && $Object.hasOwnProperty.call(message, "inflateBytes"))
                        writer.uint32(16).uint64(message.inflateBytes);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                InflationNotice.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.ballast.guest.v1.InflationNotice();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 0)
                                    break;
                                message.targetBytes = reader.uint64();
                                message._targetBytes = "targetBytes";
                                continue;
                            }
                        case 2: {
                                if (wireType !== 0)
                                    break;
                                message.inflateBytes = reader.uint64();
                                message._inflateBytes = "inflateBytes";
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return InflationNotice;
            })();

            v1.Pressure = (function() {
                const valuesById = $Object.create(null), values = $Object.create(valuesById);
                values[valuesById[0] = "PRESSURE_UNSPECIFIED"] = 0;
                values[valuesById[1] = "PRESSURE_NONE"] = 1;
                values[valuesById[2] = "PRESSURE_LOW"] = 2;
                values[valuesById[3] = "PRESSURE_MODERATE"] = 3;
                values[valuesById[4] = "PRESSURE_CRITICAL"] = 4;
                return values;
            })();

            v1.Report = (function() {

                const Report = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                Report.prototype.sampledAtMs = null;
                Report.prototype.totalBytes = null;
                Report.prototype.availableBytes = null;
                Report.prototype.freeBytes = null;
                Report.prototype.cacheBytes = null;
                Report.prototype.balloonBytes = null;
                Report.prototype.pressure = null;
                Report.prototype.growthBytesPerSecond = null;
                Report.prototype.growthPeakBytesPerSecond = null;
                Report.prototype.intervalMs = null;
                Report.prototype.roundTripMs = null;
                Report.prototype.activeCacheBytes = null;
                Report.prototype.touchBytesPerSecond = null;
                Report.prototype.demandReserveBytes = null;
                Report.prototype.anonymousBytes = null;
                Report.prototype.sharedBytes = null;
                Report.prototype.dirtyBytes = null;
                Report.prototype.unevictableBytes = null;
                Report.prototype.slabReclaimableBytes = null;
                Report.prototype.hugetlbBytes = null;
                Report.prototype.committedBytes = null;
                Report.prototype.commitLimitBytes = null;
                Report.prototype.watermarkReserveBytes = null;
                Report.prototype.arcSizeBytes = null;
                Report.prototype.arcMinBytes = null;
                Report.prototype.swapTotalBytes = null;
                Report.prototype.swapFreeBytes = null;
                Report.prototype.zramUsedBytes = null;
                Report.prototype.arcAvailableBytes = null;
                Report.prototype.refaultFilePagesTotal = null;
                Report.prototype.refaultAnonPagesTotal = null;
                Report.prototype.scanDirectPagesTotal = null;
                Report.prototype.scanBackgroundPagesTotal = null;
                Report.prototype.stealPagesTotal = null;
                Report.prototype.allocationStallsTotal = null;
                Report.prototype.swapInPagesTotal = null;
                Report.prototype.swapOutPagesTotal = null;
                Report.prototype.majorFaultsTotal = null;
                Report.prototype.oomKillsTotal = null;
                Report.prototype.pageInKibTotal = null;
                Report.prototype.stallSomeUsTotal = null;
                Report.prototype.stallFullUsTotal = null;
                Report.prototype.agentCpuUsTotal = null;
                Report.prototype.agentPrivateBytes = null;

                let $oneOfFields;

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(Report.prototype, "_sampledAtMs", {
                    get: $util.oneOfGetter($oneOfFields = ["sampledAtMs"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(Report.prototype, "_totalBytes", {
                    get: $util.oneOfGetter($oneOfFields = ["totalBytes"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(Report.prototype, "_availableBytes", {
                    get: $util.oneOfGetter($oneOfFields = ["availableBytes"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(Report.prototype, "_freeBytes", {
                    get: $util.oneOfGetter($oneOfFields = ["freeBytes"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(Report.prototype, "_cacheBytes", {
                    get: $util.oneOfGetter($oneOfFields = ["cacheBytes"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(Report.prototype, "_balloonBytes", {
                    get: $util.oneOfGetter($oneOfFields = ["balloonBytes"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(Report.prototype, "_pressure", {
                    get: $util.oneOfGetter($oneOfFields = ["pressure"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(Report.prototype, "_growthBytesPerSecond", {
                    get: $util.oneOfGetter($oneOfFields = ["growthBytesPerSecond"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(Report.prototype, "_growthPeakBytesPerSecond", {
                    get: $util.oneOfGetter($oneOfFields = ["growthPeakBytesPerSecond"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(Report.prototype, "_intervalMs", {
                    get: $util.oneOfGetter($oneOfFields = ["intervalMs"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(Report.prototype, "_roundTripMs", {
                    get: $util.oneOfGetter($oneOfFields = ["roundTripMs"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(Report.prototype, "_activeCacheBytes", {
                    get: $util.oneOfGetter($oneOfFields = ["activeCacheBytes"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(Report.prototype, "_touchBytesPerSecond", {
                    get: $util.oneOfGetter($oneOfFields = ["touchBytesPerSecond"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(Report.prototype, "_demandReserveBytes", {
                    get: $util.oneOfGetter($oneOfFields = ["demandReserveBytes"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(Report.prototype, "_anonymousBytes", {
                    get: $util.oneOfGetter($oneOfFields = ["anonymousBytes"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(Report.prototype, "_sharedBytes", {
                    get: $util.oneOfGetter($oneOfFields = ["sharedBytes"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(Report.prototype, "_dirtyBytes", {
                    get: $util.oneOfGetter($oneOfFields = ["dirtyBytes"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(Report.prototype, "_unevictableBytes", {
                    get: $util.oneOfGetter($oneOfFields = ["unevictableBytes"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(Report.prototype, "_slabReclaimableBytes", {
                    get: $util.oneOfGetter($oneOfFields = ["slabReclaimableBytes"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(Report.prototype, "_hugetlbBytes", {
                    get: $util.oneOfGetter($oneOfFields = ["hugetlbBytes"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(Report.prototype, "_committedBytes", {
                    get: $util.oneOfGetter($oneOfFields = ["committedBytes"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(Report.prototype, "_commitLimitBytes", {
                    get: $util.oneOfGetter($oneOfFields = ["commitLimitBytes"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(Report.prototype, "_watermarkReserveBytes", {
                    get: $util.oneOfGetter($oneOfFields = ["watermarkReserveBytes"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(Report.prototype, "_arcSizeBytes", {
                    get: $util.oneOfGetter($oneOfFields = ["arcSizeBytes"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(Report.prototype, "_arcMinBytes", {
                    get: $util.oneOfGetter($oneOfFields = ["arcMinBytes"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(Report.prototype, "_swapTotalBytes", {
                    get: $util.oneOfGetter($oneOfFields = ["swapTotalBytes"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(Report.prototype, "_swapFreeBytes", {
                    get: $util.oneOfGetter($oneOfFields = ["swapFreeBytes"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(Report.prototype, "_zramUsedBytes", {
                    get: $util.oneOfGetter($oneOfFields = ["zramUsedBytes"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(Report.prototype, "_arcAvailableBytes", {
                    get: $util.oneOfGetter($oneOfFields = ["arcAvailableBytes"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(Report.prototype, "_refaultFilePagesTotal", {
                    get: $util.oneOfGetter($oneOfFields = ["refaultFilePagesTotal"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(Report.prototype, "_refaultAnonPagesTotal", {
                    get: $util.oneOfGetter($oneOfFields = ["refaultAnonPagesTotal"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(Report.prototype, "_scanDirectPagesTotal", {
                    get: $util.oneOfGetter($oneOfFields = ["scanDirectPagesTotal"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(Report.prototype, "_scanBackgroundPagesTotal", {
                    get: $util.oneOfGetter($oneOfFields = ["scanBackgroundPagesTotal"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(Report.prototype, "_stealPagesTotal", {
                    get: $util.oneOfGetter($oneOfFields = ["stealPagesTotal"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(Report.prototype, "_allocationStallsTotal", {
                    get: $util.oneOfGetter($oneOfFields = ["allocationStallsTotal"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(Report.prototype, "_swapInPagesTotal", {
                    get: $util.oneOfGetter($oneOfFields = ["swapInPagesTotal"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(Report.prototype, "_swapOutPagesTotal", {
                    get: $util.oneOfGetter($oneOfFields = ["swapOutPagesTotal"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(Report.prototype, "_majorFaultsTotal", {
                    get: $util.oneOfGetter($oneOfFields = ["majorFaultsTotal"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(Report.prototype, "_oomKillsTotal", {
                    get: $util.oneOfGetter($oneOfFields = ["oomKillsTotal"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(Report.prototype, "_pageInKibTotal", {
                    get: $util.oneOfGetter($oneOfFields = ["pageInKibTotal"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(Report.prototype, "_stallSomeUsTotal", {
                    get: $util.oneOfGetter($oneOfFields = ["stallSomeUsTotal"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(Report.prototype, "_stallFullUsTotal", {
                    get: $util.oneOfGetter($oneOfFields = ["stallFullUsTotal"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(Report.prototype, "_agentCpuUsTotal", {
                    get: $util.oneOfGetter($oneOfFields = ["agentCpuUsTotal"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(Report.prototype, "_agentPrivateBytes", {
                    get: $util.oneOfGetter($oneOfFields = ["agentPrivateBytes"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                Report.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.sampledAtMs != null && $Object.hasOwnProperty.call(message, "sampledAtMs"))
                        writer.uint32(8).uint64(message.sampledAtMs);
                    if (message.totalBytes != null && $Object.hasOwnProperty.call(message, "totalBytes"))
                        writer.uint32(16).uint64(message.totalBytes);
                    if (message.availableBytes != null && $Object.hasOwnProperty.call(message, "availableBytes"))
                        writer.uint32(24).uint64(message.availableBytes);
                    if (message.freeBytes != null && $Object.hasOwnProperty.call(message, "freeBytes"))
                        writer.uint32(32).uint64(message.freeBytes);
                    if (message.cacheBytes != null && $Object.hasOwnProperty.call(message, "cacheBytes"))
                        writer.uint32(40).uint64(message.cacheBytes);
                    if (message.balloonBytes != null && $Object.hasOwnProperty.call(message, "balloonBytes"))
                        writer.uint32(48).uint64(message.balloonBytes);
                    if (message.pressure != null && $Object.hasOwnProperty.call(message, "pressure"))
                        writer.uint32(56).int32(message.pressure);
                    if (message.growthBytesPerSecond != null && $Object.hasOwnProperty.call(message, "growthBytesPerSecond"))
                        writer.uint32(64).uint64(message.growthBytesPerSecond);
                    if (message.growthPeakBytesPerSecond != null && $Object.hasOwnProperty.call(message, "growthPeakBytesPerSecond"))
                        writer.uint32(72).uint64(message.growthPeakBytesPerSecond);
                    if (message.intervalMs != null && $Object.hasOwnProperty.call(message, "intervalMs"))
                        writer.uint32(80).uint32(message.intervalMs);
                    if (message.roundTripMs != null && $Object.hasOwnProperty.call(message, "roundTripMs"))
                        writer.uint32(88).uint32(message.roundTripMs);
                    if (message.activeCacheBytes != null && $Object.hasOwnProperty.call(message, "activeCacheBytes"))
                        writer.uint32(96).uint64(message.activeCacheBytes);
                    if (message.touchBytesPerSecond != null && $Object.hasOwnProperty.call(message, "touchBytesPerSecond"))
                        writer.uint32(104).uint64(message.touchBytesPerSecond);
                    if (message.demandReserveBytes != null && $Object.hasOwnProperty.call(message, "demandReserveBytes"))
                        writer.uint32(112).uint64(message.demandReserveBytes);
                    if (message.anonymousBytes != null && $Object.hasOwnProperty.call(message, "anonymousBytes"))
                        writer.uint32(160).uint64(message.anonymousBytes);
                    if (message.sharedBytes != null && $Object.hasOwnProperty.call(message, "sharedBytes"))
                        writer.uint32(168).uint64(message.sharedBytes);
                    if (message.dirtyBytes != null && $Object.hasOwnProperty.call(message, "dirtyBytes"))
                        writer.uint32(176).uint64(message.dirtyBytes);
                    if (message.unevictableBytes != null && $Object.hasOwnProperty.call(message, "unevictableBytes"))
                        writer.uint32(184).uint64(message.unevictableBytes);
                    if (message.slabReclaimableBytes != null && $Object.hasOwnProperty.call(message, "slabReclaimableBytes"))
                        writer.uint32(192).uint64(message.slabReclaimableBytes);
                    if (message.hugetlbBytes != null && $Object.hasOwnProperty.call(message, "hugetlbBytes"))
                        writer.uint32(200).uint64(message.hugetlbBytes);
                    if (message.committedBytes != null && $Object.hasOwnProperty.call(message, "committedBytes"))
                        writer.uint32(208).uint64(message.committedBytes);
                    if (message.commitLimitBytes != null && $Object.hasOwnProperty.call(message, "commitLimitBytes"))
                        writer.uint32(216).uint64(message.commitLimitBytes);
                    if (message.watermarkReserveBytes != null && $Object.hasOwnProperty.call(message, "watermarkReserveBytes"))
                        writer.uint32(224).uint64(message.watermarkReserveBytes);
                    if (message.arcSizeBytes != null && $Object.hasOwnProperty.call(message, "arcSizeBytes"))
                        writer.uint32(232).uint64(message.arcSizeBytes);
                    if (message.arcMinBytes != null && $Object.hasOwnProperty.call(message, "arcMinBytes"))
                        writer.uint32(240).uint64(message.arcMinBytes);
                    if (message.swapTotalBytes != null && $Object.hasOwnProperty.call(message, "swapTotalBytes"))
                        writer.uint32(248).uint64(message.swapTotalBytes);
                    if (message.swapFreeBytes != null && $Object.hasOwnProperty.call(message, "swapFreeBytes"))
                        writer.uint32(256).uint64(message.swapFreeBytes);
                    if (message.zramUsedBytes != null && $Object.hasOwnProperty.call(message, "zramUsedBytes"))
                        writer.uint32(264).uint64(message.zramUsedBytes);
                    if (message.arcAvailableBytes != null && $Object.hasOwnProperty.call(message, "arcAvailableBytes"))
                        writer.uint32(272).uint64(message.arcAvailableBytes);
                    if (message.refaultFilePagesTotal != null && $Object.hasOwnProperty.call(message, "refaultFilePagesTotal"))
                        writer.uint32(320).uint64(message.refaultFilePagesTotal);
                    if (message.refaultAnonPagesTotal != null && $Object.hasOwnProperty.call(message, "refaultAnonPagesTotal"))
                        writer.uint32(328).uint64(message.refaultAnonPagesTotal);
                    if (message.scanDirectPagesTotal != null && $Object.hasOwnProperty.call(message, "scanDirectPagesTotal"))
                        writer.uint32(336).uint64(message.scanDirectPagesTotal);
                    if (message.scanBackgroundPagesTotal != null && $Object.hasOwnProperty.call(message, "scanBackgroundPagesTotal"))
                        writer.uint32(344).uint64(message.scanBackgroundPagesTotal);
                    if (message.stealPagesTotal != null && $Object.hasOwnProperty.call(message, "stealPagesTotal"))
                        writer.uint32(352).uint64(message.stealPagesTotal);
                    if (message.allocationStallsTotal != null && $Object.hasOwnProperty.call(message, "allocationStallsTotal"))
                        writer.uint32(360).uint64(message.allocationStallsTotal);
                    if (message.swapInPagesTotal != null && $Object.hasOwnProperty.call(message, "swapInPagesTotal"))
                        writer.uint32(368).uint64(message.swapInPagesTotal);
                    if (message.swapOutPagesTotal != null && $Object.hasOwnProperty.call(message, "swapOutPagesTotal"))
                        writer.uint32(376).uint64(message.swapOutPagesTotal);
                    if (message.majorFaultsTotal != null && $Object.hasOwnProperty.call(message, "majorFaultsTotal"))
                        writer.uint32(384).uint64(message.majorFaultsTotal);
                    if (message.oomKillsTotal != null && $Object.hasOwnProperty.call(message, "oomKillsTotal"))
                        writer.uint32(392).uint64(message.oomKillsTotal);
                    if (message.pageInKibTotal != null && $Object.hasOwnProperty.call(message, "pageInKibTotal"))
                        writer.uint32(400).uint64(message.pageInKibTotal);
                    if (message.stallSomeUsTotal != null && $Object.hasOwnProperty.call(message, "stallSomeUsTotal"))
                        writer.uint32(480).uint64(message.stallSomeUsTotal);
                    if (message.stallFullUsTotal != null && $Object.hasOwnProperty.call(message, "stallFullUsTotal"))
                        writer.uint32(488).uint64(message.stallFullUsTotal);
                    if (message.agentCpuUsTotal != null && $Object.hasOwnProperty.call(message, "agentCpuUsTotal"))
                        writer.uint32(560).uint64(message.agentCpuUsTotal);
                    if (message.agentPrivateBytes != null && $Object.hasOwnProperty.call(message, "agentPrivateBytes"))
                        writer.uint32(568).uint64(message.agentPrivateBytes);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                Report.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.ballast.guest.v1.Report();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 0)
                                    break;
                                message.sampledAtMs = reader.uint64();
                                message._sampledAtMs = "sampledAtMs";
                                continue;
                            }
                        case 2: {
                                if (wireType !== 0)
                                    break;
                                message.totalBytes = reader.uint64();
                                message._totalBytes = "totalBytes";
                                continue;
                            }
                        case 3: {
                                if (wireType !== 0)
                                    break;
                                message.availableBytes = reader.uint64();
                                message._availableBytes = "availableBytes";
                                continue;
                            }
                        case 4: {
                                if (wireType !== 0)
                                    break;
                                message.freeBytes = reader.uint64();
                                message._freeBytes = "freeBytes";
                                continue;
                            }
                        case 5: {
                                if (wireType !== 0)
                                    break;
                                message.cacheBytes = reader.uint64();
                                message._cacheBytes = "cacheBytes";
                                continue;
                            }
                        case 6: {
                                if (wireType !== 0)
                                    break;
                                message.balloonBytes = reader.uint64();
                                message._balloonBytes = "balloonBytes";
                                continue;
                            }
                        case 7: {
                                if (wireType !== 0)
                                    break;
                                message.pressure = reader.int32();
                                message._pressure = "pressure";
                                continue;
                            }
                        case 8: {
                                if (wireType !== 0)
                                    break;
                                message.growthBytesPerSecond = reader.uint64();
                                message._growthBytesPerSecond = "growthBytesPerSecond";
                                continue;
                            }
                        case 9: {
                                if (wireType !== 0)
                                    break;
                                message.growthPeakBytesPerSecond = reader.uint64();
                                message._growthPeakBytesPerSecond = "growthPeakBytesPerSecond";
                                continue;
                            }
                        case 10: {
                                if (wireType !== 0)
                                    break;
                                message.intervalMs = reader.uint32();
                                message._intervalMs = "intervalMs";
                                continue;
                            }
                        case 11: {
                                if (wireType !== 0)
                                    break;
                                message.roundTripMs = reader.uint32();
                                message._roundTripMs = "roundTripMs";
                                continue;
                            }
                        case 12: {
                                if (wireType !== 0)
                                    break;
                                message.activeCacheBytes = reader.uint64();
                                message._activeCacheBytes = "activeCacheBytes";
                                continue;
                            }
                        case 13: {
                                if (wireType !== 0)
                                    break;
                                message.touchBytesPerSecond = reader.uint64();
                                message._touchBytesPerSecond = "touchBytesPerSecond";
                                continue;
                            }
                        case 14: {
                                if (wireType !== 0)
                                    break;
                                message.demandReserveBytes = reader.uint64();
                                message._demandReserveBytes = "demandReserveBytes";
                                continue;
                            }
                        case 20: {
                                if (wireType !== 0)
                                    break;
                                message.anonymousBytes = reader.uint64();
                                message._anonymousBytes = "anonymousBytes";
                                continue;
                            }
                        case 21: {
                                if (wireType !== 0)
                                    break;
                                message.sharedBytes = reader.uint64();
                                message._sharedBytes = "sharedBytes";
                                continue;
                            }
                        case 22: {
                                if (wireType !== 0)
                                    break;
                                message.dirtyBytes = reader.uint64();
                                message._dirtyBytes = "dirtyBytes";
                                continue;
                            }
                        case 23: {
                                if (wireType !== 0)
                                    break;
                                message.unevictableBytes = reader.uint64();
                                message._unevictableBytes = "unevictableBytes";
                                continue;
                            }
                        case 24: {
                                if (wireType !== 0)
                                    break;
                                message.slabReclaimableBytes = reader.uint64();
                                message._slabReclaimableBytes = "slabReclaimableBytes";
                                continue;
                            }
                        case 25: {
                                if (wireType !== 0)
                                    break;
                                message.hugetlbBytes = reader.uint64();
                                message._hugetlbBytes = "hugetlbBytes";
                                continue;
                            }
                        case 26: {
                                if (wireType !== 0)
                                    break;
                                message.committedBytes = reader.uint64();
                                message._committedBytes = "committedBytes";
                                continue;
                            }
                        case 27: {
                                if (wireType !== 0)
                                    break;
                                message.commitLimitBytes = reader.uint64();
                                message._commitLimitBytes = "commitLimitBytes";
                                continue;
                            }
                        case 28: {
                                if (wireType !== 0)
                                    break;
                                message.watermarkReserveBytes = reader.uint64();
                                message._watermarkReserveBytes = "watermarkReserveBytes";
                                continue;
                            }
                        case 29: {
                                if (wireType !== 0)
                                    break;
                                message.arcSizeBytes = reader.uint64();
                                message._arcSizeBytes = "arcSizeBytes";
                                continue;
                            }
                        case 30: {
                                if (wireType !== 0)
                                    break;
                                message.arcMinBytes = reader.uint64();
                                message._arcMinBytes = "arcMinBytes";
                                continue;
                            }
                        case 31: {
                                if (wireType !== 0)
                                    break;
                                message.swapTotalBytes = reader.uint64();
                                message._swapTotalBytes = "swapTotalBytes";
                                continue;
                            }
                        case 32: {
                                if (wireType !== 0)
                                    break;
                                message.swapFreeBytes = reader.uint64();
                                message._swapFreeBytes = "swapFreeBytes";
                                continue;
                            }
                        case 33: {
                                if (wireType !== 0)
                                    break;
                                message.zramUsedBytes = reader.uint64();
                                message._zramUsedBytes = "zramUsedBytes";
                                continue;
                            }
                        case 34: {
                                if (wireType !== 0)
                                    break;
                                message.arcAvailableBytes = reader.uint64();
                                message._arcAvailableBytes = "arcAvailableBytes";
                                continue;
                            }
                        case 40: {
                                if (wireType !== 0)
                                    break;
                                message.refaultFilePagesTotal = reader.uint64();
                                message._refaultFilePagesTotal = "refaultFilePagesTotal";
                                continue;
                            }
                        case 41: {
                                if (wireType !== 0)
                                    break;
                                message.refaultAnonPagesTotal = reader.uint64();
                                message._refaultAnonPagesTotal = "refaultAnonPagesTotal";
                                continue;
                            }
                        case 42: {
                                if (wireType !== 0)
                                    break;
                                message.scanDirectPagesTotal = reader.uint64();
                                message._scanDirectPagesTotal = "scanDirectPagesTotal";
                                continue;
                            }
                        case 43: {
                                if (wireType !== 0)
                                    break;
                                message.scanBackgroundPagesTotal = reader.uint64();
                                message._scanBackgroundPagesTotal = "scanBackgroundPagesTotal";
                                continue;
                            }
                        case 44: {
                                if (wireType !== 0)
                                    break;
                                message.stealPagesTotal = reader.uint64();
                                message._stealPagesTotal = "stealPagesTotal";
                                continue;
                            }
                        case 45: {
                                if (wireType !== 0)
                                    break;
                                message.allocationStallsTotal = reader.uint64();
                                message._allocationStallsTotal = "allocationStallsTotal";
                                continue;
                            }
                        case 46: {
                                if (wireType !== 0)
                                    break;
                                message.swapInPagesTotal = reader.uint64();
                                message._swapInPagesTotal = "swapInPagesTotal";
                                continue;
                            }
                        case 47: {
                                if (wireType !== 0)
                                    break;
                                message.swapOutPagesTotal = reader.uint64();
                                message._swapOutPagesTotal = "swapOutPagesTotal";
                                continue;
                            }
                        case 48: {
                                if (wireType !== 0)
                                    break;
                                message.majorFaultsTotal = reader.uint64();
                                message._majorFaultsTotal = "majorFaultsTotal";
                                continue;
                            }
                        case 49: {
                                if (wireType !== 0)
                                    break;
                                message.oomKillsTotal = reader.uint64();
                                message._oomKillsTotal = "oomKillsTotal";
                                continue;
                            }
                        case 50: {
                                if (wireType !== 0)
                                    break;
                                message.pageInKibTotal = reader.uint64();
                                message._pageInKibTotal = "pageInKibTotal";
                                continue;
                            }
                        case 60: {
                                if (wireType !== 0)
                                    break;
                                message.stallSomeUsTotal = reader.uint64();
                                message._stallSomeUsTotal = "stallSomeUsTotal";
                                continue;
                            }
                        case 61: {
                                if (wireType !== 0)
                                    break;
                                message.stallFullUsTotal = reader.uint64();
                                message._stallFullUsTotal = "stallFullUsTotal";
                                continue;
                            }
                        case 70: {
                                if (wireType !== 0)
                                    break;
                                message.agentCpuUsTotal = reader.uint64();
                                message._agentCpuUsTotal = "agentCpuUsTotal";
                                continue;
                            }
                        case 71: {
                                if (wireType !== 0)
                                    break;
                                message.agentPrivateBytes = reader.uint64();
                                message._agentPrivateBytes = "agentPrivateBytes";
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return Report;
            })();

            v1.Demand = (function() {

                const Demand = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                Demand.prototype.level = null;
                Demand.prototype.needBytes = null;
                Demand.prototype.availableBytes = null;
                Demand.prototype.growthBytesPerSecond = null;
                Demand.prototype.exhaustedInMs = null;
                Demand.prototype.sampledAtMs = null;
                Demand.prototype.balloonBytes = null;
                Demand.prototype.totalBytes = null;
                Demand.prototype.arcAvailableBytes = null;

                let $oneOfFields;

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(Demand.prototype, "_level", {
                    get: $util.oneOfGetter($oneOfFields = ["level"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(Demand.prototype, "_needBytes", {
                    get: $util.oneOfGetter($oneOfFields = ["needBytes"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(Demand.prototype, "_availableBytes", {
                    get: $util.oneOfGetter($oneOfFields = ["availableBytes"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(Demand.prototype, "_growthBytesPerSecond", {
                    get: $util.oneOfGetter($oneOfFields = ["growthBytesPerSecond"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(Demand.prototype, "_exhaustedInMs", {
                    get: $util.oneOfGetter($oneOfFields = ["exhaustedInMs"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(Demand.prototype, "_sampledAtMs", {
                    get: $util.oneOfGetter($oneOfFields = ["sampledAtMs"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(Demand.prototype, "_balloonBytes", {
                    get: $util.oneOfGetter($oneOfFields = ["balloonBytes"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(Demand.prototype, "_totalBytes", {
                    get: $util.oneOfGetter($oneOfFields = ["totalBytes"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(Demand.prototype, "_arcAvailableBytes", {
                    get: $util.oneOfGetter($oneOfFields = ["arcAvailableBytes"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                Demand.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.level != null && $Object.hasOwnProperty.call(message, "level"))
                        writer.uint32(8).int32(message.level);
                    if (message.needBytes != null && $Object.hasOwnProperty.call(message, "needBytes"))
                        writer.uint32(16).uint64(message.needBytes);
                    if (message.availableBytes != null && $Object.hasOwnProperty.call(message, "availableBytes"))
                        writer.uint32(24).uint64(message.availableBytes);
                    if (message.growthBytesPerSecond != null && $Object.hasOwnProperty.call(message, "growthBytesPerSecond"))
                        writer.uint32(32).uint64(message.growthBytesPerSecond);
                    if (message.exhaustedInMs != null && $Object.hasOwnProperty.call(message, "exhaustedInMs"))
                        writer.uint32(40).uint64(message.exhaustedInMs);
                    if (message.sampledAtMs != null && $Object.hasOwnProperty.call(message, "sampledAtMs"))
                        writer.uint32(48).uint64(message.sampledAtMs);
                    if (message.balloonBytes != null && $Object.hasOwnProperty.call(message, "balloonBytes"))
                        writer.uint32(56).uint64(message.balloonBytes);
                    if (message.totalBytes != null && $Object.hasOwnProperty.call(message, "totalBytes"))
                        writer.uint32(64).uint64(message.totalBytes);
                    if (message.arcAvailableBytes != null && $Object.hasOwnProperty.call(message, "arcAvailableBytes"))
                        writer.uint32(72).uint64(message.arcAvailableBytes);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                Demand.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.ballast.guest.v1.Demand();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 0)
                                    break;
                                message.level = reader.int32();
                                message._level = "level";
                                continue;
                            }
                        case 2: {
                                if (wireType !== 0)
                                    break;
                                message.needBytes = reader.uint64();
                                message._needBytes = "needBytes";
                                continue;
                            }
                        case 3: {
                                if (wireType !== 0)
                                    break;
                                message.availableBytes = reader.uint64();
                                message._availableBytes = "availableBytes";
                                continue;
                            }
                        case 4: {
                                if (wireType !== 0)
                                    break;
                                message.growthBytesPerSecond = reader.uint64();
                                message._growthBytesPerSecond = "growthBytesPerSecond";
                                continue;
                            }
                        case 5: {
                                if (wireType !== 0)
                                    break;
                                message.exhaustedInMs = reader.uint64();
                                message._exhaustedInMs = "exhaustedInMs";
                                continue;
                            }
                        case 6: {
                                if (wireType !== 0)
                                    break;
                                message.sampledAtMs = reader.uint64();
                                message._sampledAtMs = "sampledAtMs";
                                continue;
                            }
                        case 7: {
                                if (wireType !== 0)
                                    break;
                                message.balloonBytes = reader.uint64();
                                message._balloonBytes = "balloonBytes";
                                continue;
                            }
                        case 8: {
                                if (wireType !== 0)
                                    break;
                                message.totalBytes = reader.uint64();
                                message._totalBytes = "totalBytes";
                                continue;
                            }
                        case 9: {
                                if (wireType !== 0)
                                    break;
                                message.arcAvailableBytes = reader.uint64();
                                message._arcAvailableBytes = "arcAvailableBytes";
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return Demand;
            })();

            return v1;
        })();

        return guest;
    })();

    return ballast;
})();

export {
  $root as default
};
