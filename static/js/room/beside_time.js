// What is left until a time of the server, by the server's clock.
export const clock = { ahead: 0 }; // milliseconds that the server's clock is ahead of ours

// "4:05": what is left until a time of the server.
export function timeLeft(until) {
  const seconds = Math.max(0, Math.ceil((Date.parse(until) - Date.now() - clock.ahead) / 1000));
  return { seconds, text: `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}` };
}
