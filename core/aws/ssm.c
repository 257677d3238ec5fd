#include "core/aws/ssm.h"

#include "core/aws/shape.h"

enum { PARAMETERS_MAX = 1000 };

/* clang-format off */
static const struct shape_member parameter_members[] = {
    MEMBER(parameter, "Name",             TEXT, name),
    MEMBER(parameter, "Type",             TEXT, type),
    MEMBER(parameter, "Value",            TEXT, value),
    MEMBER(parameter, "Version",          INT,  version),
    MEMBER(parameter, "LastModifiedDate", TIME, modified_at),
};
static const struct shape parameter_shape = {
    .noun = "parameter", MEMBERS(parameter_members), .size = sizeof(struct parameter),
    .cap = PARAMETERS_MAX, .has_key = true,
};
/* clang-format on */

enum err_code decode_parameter(const cJSON *json, struct arena *arena, struct parameter *out,
                               struct err *err)
{
    struct parameter made = {0};
    enum err_code rc =
        shape_object(&parameter_shape, json_get(json, "Parameter"), &made, arena, err);

    if (rc == ERR_OK)
        *out = made;
    return rc;
}

enum err_code decode_parameters(const cJSON *json, struct arena *arena, struct parameter **out,
                                size_t *count, struct err *err)
{
    void *rows = NULL;
    enum err_code rc =
        shape_list(&parameter_shape, json_get(json, "Parameters"), &rows, count, arena, err);

    if (rc == ERR_OK)
        *out = rows;
    return rc;
}

enum err_code parameter_write(const struct parameter_request *r, struct sb *body, struct err *err)
{
    struct jw w;

    jw_init(&w, body, err);
    jw_open(&w, '{');
    jw_put_sv(&w, "Name", r->name);
    jw_put_sv(&w, "Value", r->value);
    jw_put_sv(&w, "Type", SV("String"));
    if (r->description.len > 0)
        jw_put_sv(&w, "Description", r->description);
    jw_put_bool(&w, "Overwrite", r->overwrites);
    if (r->tag_count > 0 && !r->overwrites) {
        jw_name(&w, "Tags");
        jw_open(&w, '[');
        for (size_t i = 0; i < r->tag_count; i++) {
            jw_open(&w, '{');
            jw_put_sv(&w, "Key", r->tags[i].key);
            jw_put_sv(&w, "Value", r->tags[i].value);
            jw_close(&w, '}');
        }
        jw_close(&w, ']');
    }
    jw_close(&w, '}');
    return jw_done(&w);
}
