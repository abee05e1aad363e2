/** How fast calls follow each other. */

import { setTimeout as sleep } from "node:timers/promises";

/** The moments of calls, in milliseconds from any beginning. */
export class Schedule {
  #distance;
  #next = 0;

  /** @param {number} distance */
  constructor(distance) {
    this.#distance = distance;
  }

  /**
   * Takes the next moment, and returns how long it is until then. Moments that passed unused are not made up for.
   *
   * @param {number} now
   */
  take(now) {
    const moment = Math.max(this.#next, now);
    this.#next = moment + this.#distance;
    return moment - now;
  }

  /**
   * Whether a moment that was taken has been put off since; then it is to be taken anew.
   *
   * @param {number} now
   */
  isHeld(now) {
    return now < this.#held;
  }

  #held = 0;

  /**
   * Holds all calls for so long, since a server asks for fewer of them.
   *
   * @param {number} now
   * @param {number} pause
   */
  hold(now, pause) {
    this.#held = Math.max(this.#held, now + pause);
    this.#next = Math.max(this.#next, this.#held);
  }
}

/** Gives each call a moment of its own, at an even distance from the last one. */
export class Pace {
  #schedule;

  /** @param {number} rate Calls in a second. */
  constructor(rate) {
    this.#schedule = new Schedule(1000 / rate);
  }

  /** Waits until the next call may be made. */
  async wait() {
    do {
      const pause = this.#schedule.take(performance.now());
      if (pause > 0) await sleep(pause);
    } while (this.#schedule.isHeld(performance.now()));
  }

  /**
   * Holds all calls for so many milliseconds.
   *
   * @param {number} pause
   */
  hold(pause) {
    this.#schedule.hold(performance.now(), pause);
  }
}
