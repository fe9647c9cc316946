/** The simulated exchange of `okws mock` inside the test's process, at a port that stays its own after its end. */
import { type Mock, type MockOptions, startMock as start } from "../../src/mock/server.ts";
import { freePort } from "./free_port.ts";

export type { Mock, MockOptions };

/** As the mock's own `startMock`. */
export function startMock(options: MockOptions = {}): Promise<Mock> {
  return start({ port: freePort(), ...options });
}
