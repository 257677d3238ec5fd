/* What the compiler is told beyond C17: checked formats, results that must be looked at, and
 * releasing a variable when it leaves its scope. */
#ifndef PENSTOCK_BASE_COMPILER_H
#define PENSTOCK_BASE_COMPILER_H

#define PRINTF_LIKE(fmt, first) __attribute__((format(printf, fmt, first)))
#define MUST_CHECK              __attribute__((warn_unused_result))
#define UNUSED                  __attribute__((unused))
#define NORETURN                __attribute__((noreturn))

/* CLEANUP(sb_release) struct sb text; calls sb_release(&text) at the end of the scope. */
#define CLEANUP(fn) __attribute__((cleanup(fn)))

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#endif
