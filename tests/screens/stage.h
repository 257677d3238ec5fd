/* The stage: a console without a terminal, on a cache in memory and a clock that stands still.
 *
 * A test adds pipelines, presses keys and compares what is then painted with a golden file: the
 * text first, then the same grid with a letter per style. */
#ifndef PENSTOCK_TESTS_STAGE_H
#define PENSTOCK_TESTS_STAGE_H

#include "tests/unit/check.h"
#include "tui/console.h"

struct stage {
    struct cache *cache;
    struct context contexts[2];
    struct context_list list;
    struct console console;
    struct canvas canvas;
    int64_t now_ms;
    unsigned react; /* of the last key */
};

/* What AWS would tell of one pipeline, in few words. */
struct stage_pipeline {
    const char *name;
    const char *stages;    /* "Source=Succeeded Build=Failed@e1 #Deploy=": # = inbound gate closed,
                              @ = the execution that is there, when it is not the latest */
    const char *status;    /* of the latest execution, as AWS says; NULL = never ran */
    const char *error;     /* of the failed action */
    const char *summary;   /* of the revision */
    const char *execution; /* the latest one's id; NULL = 3f65a1b2-... */
    const char *revision;  /* its commit; NULL = a1b2c3d4... */
    int age_s;             /* since the execution's last change */
    bool is_elsewhere;     /* in an account that no context of the stage has */
};

enum stage_look { STAGE_UTF8, STAGE_ASCII };

/* What every screen is drawn in: each size with the signs of UTF-8 and of ASCII. */
enum { STAGE_SIZES = 6 };
struct stage_size {
    int cols;
    int rows;
    enum stage_look look;
    const char *name; /* of the golden: "80x24-ascii" */
};
extern const struct stage_size stage_sizes[STAGE_SIZES];
/* "describe-80x24-ascii"; lasts until the next call. */
const char *stage_golden(const char *what, size_t size);

void stage_open(struct stage *s, int cols, int rows, enum stage_look look);
void stage_close(struct stage *s);
void stage_add(struct stage *s, const struct stage_pipeline *pipeline);
void stage_remove(struct stage *s, const char *name); /* as a complete listing without it would */
/* The demo's kinds of pipelines: failed, waiting, running, stopped, done, never run, foreign. */
void stage_add_fleet(struct stage *s);
void stage_add_many(struct stage *s, int count); /* "many-0000" and so on, all done */
/* How the first context stands; code ERR_OK = synced this long ago, else failed since. */
void stage_freshness(struct stage *s, int64_t synced_ago_ms, enum err_code code,
                     const char *sentence);
/* Words as in a keymap: "j", "gg", "^D", "PgDn", "/orders". */
void stage_press(struct stage *s, const char *words);
void stage_paint(struct stage *s);
void stage_expect(struct stage *s, const char *golden);
/* The text of the row that has the cursor, up to the end of its name. */
void stage_expect_cursor(struct stage *s, const char *name);

#endif
