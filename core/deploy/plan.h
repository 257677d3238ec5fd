/* A plan: what an action would do, before anything is written. The account and the caller, the
 * steps in their order with their calls, and every resource with what becomes of it.
 *
 * Data in an arena; text, JSON and the screen show the same. Harm has a word of its own
 * (REPLACES, DELETES), not only a colour. */
#ifndef PENSTOCK_DEPLOY_PLAN_H
#define PENSTOCK_DEPLOY_PLAN_H

#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/model/defect.h"

/*       name       word         sign  harms */
#define EFFECT_LIST(X)                                                                             \
    X(KEEPS, "keeps", '=', false)                                                                  \
    X(CREATES, "creates", '+', false)                                                              \
    X(CHANGES, "changes", '~', false)                                                              \
    X(MAY_REPLACE, "may REPLACE", '!', true)                                                       \
    X(REPLACES, "REPLACES", '!', true)                                                             \
    X(DELETES, "DELETES", '-', true)                                                               \
    X(LEAVES, "leaves behind", '.', false)
#define EFFECT_ENUM(name, word, sign, harms) EFFECT_##name,
enum effect { EFFECT_LIST(EFFECT_ENUM) EFFECT_COUNT };
#undef EFFECT_ENUM
const char *effect_word(enum effect e);
char effect_sign(enum effect e);
bool effect_harms(enum effect e);

struct plan_item {
    enum effect effect;
    struct sv type;   /* "AWS::S3::Bucket", "CodeCommit branch", "file" */
    struct sv name;   /* physical where it is known, else logical */
    struct sv detail; /* which properties change; "" */
    const char *cost; /* static text; NULL = costs nothing by itself */
    struct plan_item *next;
};

struct plan_step {
    struct sv title;   /* the job's step has the same */
    struct sv account; /* where it writes; "" = nowhere */
    struct sv region;
    struct sv calls;    /* "CreateRepository, TagResource" */
    struct sv caller;   /* these four are an operation's; else "": who acts there, */
    struct sv iam;      /* what it needs */
    struct sv aws_line; /* and the same for the AWS CLI and as penstock's own verb */
    struct sv own_line;
    struct plan_item *items;
    struct plan_item *last;
    struct plan_step *next;
};

struct plan {
    struct arena arena;
    char title[512]; /* "Create pipeline sales" */
    char account[16];
    char region[64];
    char caller[300];
    struct plan_step *steps;
    struct plan_step *last;
    struct defects *defects; /* what stands in the way (errors) or should be known (warnings) */
    struct sv template_text; /* pretty JSON; "" = none */
    struct sv ddk_json;      /* "" = none */
    char confirm[128];       /* the word that must be typed; "" = yes or no */
    struct sv guarded;       /* what it is typed for: the environment that is protected, of several
                                targets those that are: "sales, orders"; "" = nothing protects it */
    size_t guarded_count;    /* how many they are */
    bool is_nothing;         /* all is as it should be already */
};

enum err_code plan_init(struct plan *plan, struct err *err) MUST_CHECK;
void plan_release(struct plan *plan); /* a zeroed one is fine */
/* NULL when memory is short. The texts are copied. */
struct plan_step *plan_step(struct plan *plan, const char *title, struct sv account,
                            struct sv region, const char *calls);
struct plan_item *plan_item(struct plan *plan, struct plan_step *step, enum effect effect,
                            struct sv type, struct sv name, struct sv detail);
/* Copied into the plan, which outlives whoever made them. */
enum err_code plan_keep_texts(struct plan *plan, struct sv template_text, struct sv ddk_json,
                              struct err *err) MUST_CHECK;
size_t plan_count(const struct plan *plan, enum effect effect);
bool plan_harms(const struct plan *plan);
/* The next step that writes where, and as whom, none before it does; NULL begins, NULL ends. */
const struct plan_step *plan_next_place(const struct plan *plan, const struct plan_step *after);
/* Where it writes, when that is not only the plan's own place: "111111111111 eu-west-1 and
 * 222222222222 us-east-1"; "" = nowhere else. */
void plan_places(const struct plan *plan, char *out, size_t size);

/* As lines for a terminal or a pager, unwrapped, each cleaned; shows_template adds the template and
 * the files. */
enum err_code plan_text(const struct plan *plan, bool shows_template, struct sb *out,
                        struct err *err) MUST_CHECK;
/* {"schema":1,"title",...,"steps":[...],"defects":[...],"template":{...}} */
enum err_code plan_json(const struct plan *plan, struct sb *out, struct err *err) MUST_CHECK;

#endif
