/* The CloudFormation stacks of a pipeline: its own, those that its actions name, its applications
 * (by the tags penstock:pipeline and penstock:stage), those that its builds deploy (by their logs,
 * its failures and their names: NAME-<stage>) and the bootstraps of its environments, in whatever
 * account they are. A document of the cache, written by stacks_read. */
#ifndef PENSTOCK_OPERATE_STACKS_H
#define PENSTOCK_OPERATE_STACKS_H

#include "core/operate/reading.h"

/* clang-format off */
#define STACK_KIND_LIST(X) \
    X(PIPELINE,    "pipeline")    /* penstock's CICD stack */ \
    X(APPLICATION, "application") \
    X(ACTION,      "action")      /* an action of the pipeline names it */ \
    X(BUILD,       "build")       /* nothing declares it: a build deploys it */ \
    X(BOOTSTRAP,   "bootstrap")
/* clang-format on */
#define STACK_KIND_ENUM(name, word) STACK_KIND_##name,
enum stack_kind { STACK_KIND_LIST(STACK_KIND_ENUM) STACK_KIND_COUNT };
#undef STACK_KIND_ENUM
const char *stack_kind_word(enum stack_kind kind);

enum { STACK_ROWS_MAX = 500 };

struct stack_row {
    struct sv name;
    struct sv id; /* "" = it was not found */
    enum stack_kind kind;
    struct sv environment; /* or stage; "" = of none */
    struct sv where;       /* "sales/Deploy-Stage-prod/deploy" of an action's or a build's */
    struct sv source;      /* of a build's: "the log of its build", what names it */
    struct sv account;
    struct sv region;
    struct sv status; /* AWS's word; "" = it is not known */
    struct sv reason;
    struct sv drift;
    int64_t drift_at;
    int64_t created_at;
    int64_t updated_at;
    bool is_protected; /* against termination */
    struct sv note;    /* why nothing is known of it */
};
struct stack_list {
    struct sv pipeline;     /* the logical one */
    struct stack_row *rows; /* what failed first, then what moves */
    size_t count;
};

/* For the document and for people: of the latter the times are texts. An object that is open. */
struct jw;
void stack_list_json(struct jw *w, const struct stack_list *list, bool is_document);

/* Of a CodePipeline or a logical pipeline; from the cache. What the cards of its failures name is
 * there also before the list was read: read_at is 0 then. ERR_NOT_FOUND when there is neither. */
enum err_code stack_list_get(struct cache *cache, const struct pipeline_id *id, struct arena *arena,
                             struct stack_list *out, int64_t *read_at, struct err *err) MUST_CHECK;
/* The logical pipeline of either; the name itself when the cache knows none. */
enum err_code logical_pipeline(struct cache *cache, const struct pipeline_id *id,
                               struct arena *arena, struct sv *out, struct err *err) MUST_CHECK;

/* Where an action works: its role's account ("arn:aws:iam::222222222222:role/deploy"), else its
 * pipeline's. */
struct sv action_account(const struct action_def *action, const struct pipeline_id *id);

reading_fn stacks_read;

#endif
