-- One matcher for all directions. Rows: package (number), flaw, ids, (key, fixed version, day of the fix), ranges, urgency, unfixed.
--
-- /*packages*/ is a table of (package, ecosystem, match_name, version_key, comparable, module): the packages of one image that travel
-- with the query, or the stored distinct packages. /*ranges*/ narrows the advisory ranges by their key. Of an advisory that several
-- feeds deliver, the one that changed last speaks. A fix counts if it is above the version and in no affected range of the flaw; records
-- that know no fix do not stand against one that does. A range may be about some module streams or lines of builds (`a,b`) or about all
-- but some (`!a,b`). A package of a module is none of those that are built outside of modules. /*own*/ is whether a range has a fix for the
-- minor release of Red Hat that a build is for, /*spoken*/ whether any range of the flaw does: then the others are not about it.
-- One state for each flaw of a package, of whole rows: a state for each column costs half as much again.
SELECT package, flaw, arraySort(arrayDistinct(told.id)) AS ids,
    arraySort(c -> (c.1, empty(c.3), c.3), arrayFilter(
        c -> NOT arrayExists(s -> c.1 >= s.1 AND (s.3 = 2 OR c.1 < s.2 OR (s.3 = 1 AND c.1 = s.2)), arrayFlatten(told.against)),
        arrayDistinct(arrayFlatten(told.above))))[1] AS fixed,
    arraySort(arrayDistinct(arrayFlatten(told.reasons))) AS ranges,
    arrayMax(told.urgency) AS urgency, arrayMax(told.unfixed) AS unfixed
FROM
(
    SELECT package, flaw, groupArray(CAST((id, if(empty(above), [], spans), above, reasons, urgency, unfixed), 'Tuple(id String,
        against Array(Tuple(String, String, UInt8)), above Array(Tuple(String, String, String)), reasons Array(String), urgency String,
        unfixed String)')) AS told
    FROM
    (
        SELECT p.package AS package, arrayJoin(f.flaws) AS flaw, r.id AS id, r.urgency AS urgency, r.unfixed AS unfixed,
            arrayZip(r.lows, r.highs, r.ends) AS spans,
            arrayFilter(c -> p.comparable AND c.1 > p.version_key, arrayZip(r.fix_keys, r.fixes, r.fix_days)) AS above,
            arrayMap(text -> concat(r.id, ': ', r.ecosystem, ' ', r.name, ' ', text), arrayConcat(
                arrayFilter((text, low, high, end) -> p.comparable AND p.version_key >= low
                    AND (end = 2 OR p.version_key < high OR (end = 1 AND p.version_key = high)), r.texts, r.lows, r.highs, r.ends),
                if(has(r.exact, p.version_key), ['listed version'], []))) AS reasons,
            /*own*/ AS own, /*spoken*/ AS spoken
        FROM (SELECT * FROM /*packages*/) AS p
        INNER JOIN
        (
            SELECT * FROM
            (
                SELECT *, first_value(source) OVER (PARTITION BY ecosystem, name, id ORDER BY modified DESC, version DESC, source) AS speaks
                FROM advisory_ranges FINAL WHERE /*ranges*/
            )
            WHERE source = speaks
        ) AS r ON r.ecosystem = p.ecosystem AND r.name = p.match_name
        INNER JOIN (SELECT id, flaws FROM advisory_flaws FINAL WHERE /*flaws*/) AS f ON f.id = r.id
        WHERE r.deleted = 0 AND (notEmpty(reasons) OR own) AND multiIf(
            r.module = '', NOT (p.module = '?' OR position(p.module, ':') > 0) OR arrayExists(fix -> position(fix, '.module') > 0, r.fixes),
            startsWith(r.module, '!'), NOT has(splitByChar(',', substring(r.module, 2)), p.module),
            p.module = '?' OR has(splitByChar(',', r.module), p.module))
    )
    WHERE notEmpty(reasons) AND own = spoken
    GROUP BY package, flaw
)
