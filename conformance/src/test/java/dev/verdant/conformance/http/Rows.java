package dev.verdant.conformance.http;

import java.util.function.Supplier;
import java.util.stream.Stream;

/** All rows that are a matter of a client's bytes. */
final class Rows implements Supplier<Stream<Row>> {

    @Override
    public Stream<Row> get() {
        return all();
    }

    static Stream<Row> all() {
        return Stream.of(RequestLineRows.all(), FieldRows.all(), BodyRows.all(), ChunkRows.all(), ConnectionRows.all())
                .flatMap(rows -> rows);
    }
}
