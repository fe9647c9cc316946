/**
 * Imported before everything else: the Redis client prints every command, logins among them, when DEBUG names it, as a
 * shell's DEBUG=* does.
 */
Deno.env.delete("DEBUG");
