/** Keeps one QMP connection alive. */
import { type ReconnectOptions as AnyOptions, Reconnector as AnyReconnector } from "../timing/reconnector.ts";
import type { QmpClient } from "./client.ts";
import { QmpError } from "./errors.ts";
import type { QmpGreeting } from "./message.ts";

export type ReconnectOptions = Omit<AnyOptions<QmpClient, QmpGreeting, QmpError>, "isFailure">;

/** Runs until `stop`. */
export class Reconnector extends AnyReconnector<QmpClient, QmpGreeting, QmpError> {
  constructor(options: ReconnectOptions) {
    super({ ...options, isFailure: (error) => error instanceof QmpError });
  }
}
