/** The page at `/`: what this server is, where to connect and how to make it fail. */
import { faultUsages } from "./faults/faults.ts";
import { DEMO_CREDENTIALS, REFUSED_KEYS } from "./login.ts";

export function describeMock(host: string, { seed, demo }: { seed: number; demo: boolean }): string {
  const { apiKey, secret, passphrase } = DEMO_CREDENTIALS;
  return [
    "A simulated OKX exchange to develop and test against. Nothing here is real.",
    "",
    `WebSocket v5   ws://${host}/ws/v5/public  /ws/v5/private  /ws/v5/business`,
    `WebSocket v3   ws://${host}/ws/v3`,
    `REST           http://${host}/api/v5/market/tickers?instType=SPOT and others`,
    `Login          key ${apiKey}, secret ${secret}, passphrase ${passphrase}`,
    `Refused keys   ${REFUSED_KEYS.map(({ key, socket }) => `${key} (${socket})`).join(", ")}`,
    `Environment    ${demo ? "demo trading, with the header x-simulated-trading: 1 in REST" : "production"}`,
    `Seed           ${seed}`,
    `Statistics     http://${host}/mock/stats`,
    `What it sent   http://${host}/mock/sent  /mock/last  /mock/open?channel=orders  /mock/trades?instId=BTC-USDT`,
    `Refused REST   http://${host}/mock/refused`,
    `Trader         curl -d "trade fill" http://${host}/mock/command`,
    `Faults         curl -d "drop business" http://${host}/mock/command`,
    "",
    ...faultUsages().map((usage) => `  ${usage}`),
    "  off: ends all faults",
    "",
  ].join("\n");
}
