/* CloudFormation: what drift detection tells. */
#include "core/aws/cloudformation.h"
#include "core/aws/xml_shape.h"

enum { DRIFTS_MAX = 4000, DIFFERENCES_MAX = 1000 };

#define MEMBERS(table) .members = (table), .count = ARRAY_LEN(table)

/* clang-format off */
static const struct xml_member detection_members[] = {
    XML_MEMBER(drift_detection, "StackDriftDetectionId",     TEXT, id),
    XML_MEMBER(drift_detection, "DetectionStatus",           TEXT, status),
    XML_MEMBER(drift_detection, "DetectionStatusReason",     TEXT, reason),
    XML_MEMBER(drift_detection, "StackDriftStatus",          TEXT, drift),
    XML_MEMBER(drift_detection, "DriftedStackResourceCount", INT,  drifted),
    XML_MEMBER(drift_detection, "Timestamp",                 TIME, at_ms),
};
static const struct xml_shape detection_shape = {
    .noun = "drift detection", MEMBERS(detection_members),
    .size = sizeof(struct drift_detection), .has_key = true,
};

static const struct xml_member difference_members[] = {
    XML_MEMBER(drift_difference, "PropertyPath",   TEXT, path),
    XML_MEMBER(drift_difference, "ExpectedValue",  TEXT, expected),
    XML_MEMBER(drift_difference, "ActualValue",    TEXT, actual),
    XML_MEMBER(drift_difference, "DifferenceType", TEXT, kind),
};
static const struct xml_shape difference_shape = {
    .noun = "difference", MEMBERS(difference_members), .size = sizeof(struct drift_difference),
    .cap = DIFFERENCES_MAX, .has_key = true,
};

static const struct xml_member drift_members[] = {
    XML_MEMBER(resource_drift, "LogicalResourceId",        TEXT, logical),
    XML_MEMBER(resource_drift, "PhysicalResourceId",       TEXT, physical),
    XML_MEMBER(resource_drift, "ResourceType",             TEXT, type),
    XML_MEMBER(resource_drift, "StackResourceDriftStatus", TEXT, status),
    XML_MEMBER(resource_drift, "Timestamp",                TIME, at_ms),
    XML_MEMBERS_OF(resource_drift, "PropertyDifferences", differences, difference_count,
                   difference_shape),
};
static const struct xml_shape drift_shape = {
    .noun = "resource drift", MEMBERS(drift_members), .size = sizeof(struct resource_drift),
    .cap = DRIFTS_MAX, .has_key = true,
};
/* clang-format on */

enum err_code decode_drift_detection(const struct xml *xml, struct arena *arena,
                                     struct drift_detection *out, struct err *err)
{
    struct drift_detection made = {0};
    enum err_code rc = xml_shape_read(&detection_shape, xml, &made, arena, err);

    if (rc == ERR_OK)
        *out = made;
    return rc;
}

enum err_code decode_resource_drifts(const struct xml *xml, struct arena *arena,
                                     struct resource_drift **out, size_t *count, struct err *err)
{
    const struct xml *list = xml_get(xml, "StackResourceDrifts");
    void *rows = NULL;
    enum err_code rc;

    if (list == NULL)
        return err_set(err, ERR_REPLY, "expected AWS, got a reply without resource drifts");
    rc = xml_shape_list(&drift_shape, list, "member", &rows, count, arena, err);
    if (rc == ERR_OK)
        *out = rows;
    return rc;
}
