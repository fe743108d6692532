// How hard a password is to guess, roughly: its length, its kinds of characters and
// how often they repeat. 0 too short … 4 strong. The server asks for length only.
export function strength(password: string): 0 | 1 | 2 | 3 | 4 {
  if ([...password].length < 12) return 0;
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z\d]/].filter((kind) => kind.test(password)).length;
  const distinct = new Set(password).size;
  if (distinct < 6) return 1;
  const points = Math.min(distinct, 20) + kinds * 2 + (password.length >= 20 ? 4 : 0);
  if (points >= 24) return 4;
  if (points >= 18) return 3;
  return points >= 14 ? 2 : 1;
}
