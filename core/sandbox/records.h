/* Records: what the services keep besides CodePipeline's runs. One JSON object per thing, found by
 * kind, account, region and name; bytes of objects and archives; and what is to happen later.
 *
 * In SQLite, beside the runs of store.c with --state, else in memory. A request is one transaction:
 * the sandbox begins it before and commits it before the answer goes out. */
#ifndef PENSTOCK_SANDBOX_RECORDS_H
#define PENSTOCK_SANDBOX_RECORDS_H

#include "core/base/json.h"

struct records;

/* NULL dir: in memory. */
enum err_code records_open(const char *dir, struct records **out, struct err *err) MUST_CHECK;
void records_close(struct records *records); /* NULL is fine */
enum err_code records_begin(struct records *records, struct err *err) MUST_CHECK;
enum err_code records_commit(struct records *records, struct err *err) MUST_CHECK;
void records_rollback(struct records *records);

/* What belongs to no region (a role, a bucket) has an empty one. kind is "iam.role", "s3.object".
 */
struct record_key {
    const char *kind;
    struct sv account;
    struct sv region;
    struct sv name;
};

/* *out is NULL when there is none, else the caller's (cJSON_Delete). */
enum err_code record_get(struct records *records, const struct record_key *key, cJSON **out,
                         struct err *err) MUST_CHECK;
enum err_code record_put(struct records *records, const struct record_key *key, const cJSON *value,
                         struct err *err) MUST_CHECK;
/* ERR_OK too when there was none. */
enum err_code record_delete(struct records *records, const struct record_key *key,
                            struct err *err) MUST_CHECK;
/* Any account and region, by kind and name: for what is unique in the world (a bucket). *account
 * and *region, when wanted, go into the given buffers of 64 bytes. */
enum err_code record_find(struct records *records, const char *kind, struct sv name, cJSON **out,
                          char *account, char *region, struct err *err) MUST_CHECK;

/* All whose name begins with key->name and comes after `after` (by bytes; empty = from the first),
 * in the order of their names; an empty account or region stands for itself, not for any. The
 * function may read and write records. *goes_on is true when it is called. */
typedef enum err_code record_fn(void *owner, const struct record_key *key, const cJSON *value,
                                bool *goes_on, struct err *err);
enum err_code record_each(struct records *records, const struct record_key *key, struct sv after,
                          record_fn *fn, void *owner, struct err *err) MUST_CHECK;
/* The same over every account and region. */
enum err_code record_each_anywhere(struct records *records, const char *kind, record_fn *fn,
                                   void *owner, struct err *err) MUST_CHECK;

/* What there is, without values: a list of {"kind","account","region","name"}. The caller's. */
enum err_code records_list(struct records *records, cJSON **out, struct err *err) MUST_CHECK;

/* Bytes by an id of the caller's choice ("s3/BUCKET/KEY/VERSION"). ERR_NOT_FOUND when absent. */
enum err_code blob_put(struct records *records, struct sv id, struct sv bytes,
                       struct err *err) MUST_CHECK;
enum err_code blob_get(struct records *records, struct sv id, struct sb *out,
                       struct err *err) MUST_CHECK;
enum err_code blob_delete(struct records *records, struct sv id, struct err *err) MUST_CHECK;

/* A number that was never given before: for ids, versions and seals. */
enum err_code records_next(struct records *records, uint64_t *out, struct err *err) MUST_CHECK;

/* What is to happen later. kind is one of TASK_LIST (tasks.h). */
struct later {
    int64_t at_ms; /* the sandbox's clock */
    char kind[32];
    char account[16];
    char region[40];
    char name[1024];
};
enum err_code later_add(struct records *records, const struct later *later,
                        struct err *err) MUST_CHECK;
/* Takes the first one that is due by then off the list; *is_there is false when none is. */
enum err_code later_take(struct records *records, int64_t until_ms, struct later *out,
                         bool *is_there, struct err *err) MUST_CHECK;
int64_t later_next(struct records *records); /* INT64_MAX: none */

#endif
