import type { Outlet } from '../domain/outlet.js';

/** Unnamed connections of a user are one device: what one of them has had another may lack. */
export function sharesCursor({ device, session }: Pick<Outlet, 'device' | 'session'>): boolean {
  return device === '' && !session;
}
