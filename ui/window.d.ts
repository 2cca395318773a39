/** Answers that early.ts has asked for, by the whole address; each is for one taker. */
declare global {
  interface Window {
    pawlEarly?: Map<string, Promise<Response>>;
    /** The page's script and all that it imports have come. */
    pawlBegun?: boolean;
  }
}

export {};
