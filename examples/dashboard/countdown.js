// A button that has to wait.

/**
 * Disables a button, tells on it for how many seconds, and enables it again. With `buttons` that follow the first one,
 * these wait with it, in silence.
 *
 * @param {[HTMLButtonElement, ...HTMLButtonElement[]]} buttons
 * @param {string} label  What the first button says when the wait is over.
 * @param {(seconds: number) => string} waiting  What it says until then.
 * @param {number} seconds
 * @returns {() => void}  Gives the wait up, and leaves the buttons as they are.
 */
export function countDown([first, ...others], label, waiting, seconds) {
  const end = Date.now() + seconds * 1000;
  const tick = () => {
    const left = Math.ceil((end - Date.now()) / 1000);
    first.textContent = left > 0 ? waiting(left) : label;
    for (const button of [first, ...others]) button.disabled = left > 0;
    if (left <= 0) clearInterval(timer);
  };
  const timer = setInterval(tick, 250);
  tick();
  return () => clearInterval(timer);
}
