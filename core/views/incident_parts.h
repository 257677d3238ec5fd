/* What the incident's files share: what was gathered of it. Only they include this. */
#ifndef PENSTOCK_VIEWS_INCIDENT_PARTS_H
#define PENSTOCK_VIEWS_INCIDENT_PARTS_H

#include "core/views/incident.h"

enum {
    INCIDENT_TEXT_MOST = 1000,
    INCIDENT_NAME_MOST = 200,
    INCIDENT_ID_SHOWN = 8,
    INCIDENT_IMPACTS_MAX = 40
};

/* One line of the timeline; its text is Markdown already. */
struct incident_event {
    int64_t at;
    size_t number; /* of equal times the first one stays the first */
    const char *kind;
    struct sv text;
};

/* A stage that failed. */
struct incident_impact {
    struct sv pipeline;
    struct sv stage;
    int64_t first;
    int64_t last;
    size_t times;
};

struct incident {
    const struct incident_ask *ask;
    struct arena arena;
    struct pipeline_tree tree;
    int64_t since_ms;
    struct incident_event *events;
    size_t count;
    bool has_more;
    struct incident_impact impacts[INCIDENT_IMPACTS_MAX];
    size_t impact_count;
    int64_t broke_at; /* the first failure in the window; 0 = none */
    enum err_code rc;
    struct err *err;
    const struct pipeline_part *part; /* whose transitions are read */
};

enum err_code incident_report(struct incident *in, struct sb *out, struct err *err) MUST_CHECK;
/* report: what incident_report wrote. */
enum err_code incident_report_json(const struct incident *in, struct sv report, struct sb *out,
                                   struct err *err) MUST_CHECK;
/* Of a name of AWS's. */
bool incident_is_name_char(char c);

#endif
