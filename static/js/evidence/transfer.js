// Sending a form with progress, and reading the answer. No page in here, so that it can be tested.

/** Whole percent of `loaded` out of `total`; 0 while the total is unknown. */
export function percentOf(loaded, total) {
  return total > 0 ? Math.min(100, Math.floor((loaded / total) * 100)) : 0;
}

/** What the server said: where to go next, or what is wrong; `failed` when it said neither. */
export function readAnswer(status, text) {
  const answer = parse(text);
  if (status === 201 && typeof answer.next === "string") return { next: answer.next };
  if (status === 400 && Array.isArray(answer.errors)) return { problems: answer.errors.map(String) };
  return { failed: true };
}

function parse(text) {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}

/**
 * Post `body` (FormData) to `address`. `on` has progress(percent), answered(answer), cancelled().
 * Returns the function that cancels.
 */
export function send(address, body, on) {
  const request = new XMLHttpRequest();
  request.open("POST", address);
  request.setRequestHeader("Accept", "application/json");
  request.upload.addEventListener("progress", (event) => {
    on.progress(percentOf(event.loaded, event.lengthComputable ? event.total : 0));
  });
  request.addEventListener("load", () => on.answered(readAnswer(request.status, request.responseText)));
  request.addEventListener("error", () => on.answered({ failed: true }));
  request.addEventListener("abort", () => on.cancelled());
  request.send(body);
  return () => request.abort();
}
