#include "core/aws/connections.h"

#include "core/aws/endpoint.h"
#include "core/aws/shape.h"

enum { CONNECTIONS_MAX = 5000 };

/* clang-format off */
static const struct shape_member connection_members[] = {
    MEMBER(connection, "ConnectionArn",    TEXT, arn),
    MEMBER(connection, "ConnectionName",   TEXT, name),
    MEMBER(connection, "ProviderType",     TEXT, provider),
    MEMBER(connection, "ConnectionStatus", TEXT, status),
};
static const struct shape connection_shape = {
    .noun = "connection", MEMBERS(connection_members), .size = sizeof(struct connection),
    .cap = CONNECTIONS_MAX, .has_key = true,
};
/* clang-format on */

enum err_code decode_connection(const cJSON *json, struct arena *arena, struct connection *out,
                                struct err *err)
{
    struct connection made = {0};
    enum err_code rc =
        shape_object(&connection_shape, json_get(json, "Connection"), &made, arena, err);

    if (rc == ERR_OK)
        *out = made;
    return rc;
}

enum err_code decode_connections(const cJSON *json, struct arena *arena, struct connection **out,
                                 size_t *count, struct err *err)
{
    void *rows = NULL;
    enum err_code rc =
        shape_list(&connection_shape, json_get(json, "Connections"), &rows, count, arena, err);

    if (rc == ERR_OK)
        *out = rows;
    return rc;
}

enum err_code connection_url(struct sv region, struct sb *url, struct err *err)
{
    const struct partition *partition = partition_of_region(region);
    const char *console = partition == NULL ? "" : partition->console;

    if (console[0] == '\0')
        return sb_addf(url, err, "Developer Tools, Settings, Connections in the AWS console");
    return sb_addf(url, err, "https://" SV_FMT ".%s/codesuite/settings/connections?region=" SV_FMT,
                   SV_ARG(region), console, SV_ARG(region));
}
