// SHA-256 as Apollo's link for persisted queries wants it.
import { createHash } from 'node:crypto';

export const sha256 = (text) => createHash('sha256').update(text).digest('hex');
