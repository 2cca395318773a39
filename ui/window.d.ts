/** Answers that early.ts has asked for, by the whole address; each is for one taker. */
declare global {
  interface Window {
    pawlEarly?: Map<string, Promise<Response>>;
  }
}

export {};
