package dev.verdant.conformance.library;

import dev.verdant.conformance.Counts;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** Every library, each in all the ways in which it can talk. {@code -Dverdant.library=Jedis} leaves the others out. */
class Cases implements Supplier<Stream<?>> {

    /** Opens a library for so many calls at a time. */
    private interface Opener {
        Subject open(Tls tls, int size) throws Exception;
    }

    private record Library(String name, Opener opener, List<Tls> ways) {}

    /** A library, in one way. */
    record Case(String name, Tls tls, Opener opener) {

        Subject open(int size) throws Exception {
            return opener.open(tls, size);
        }

        @Override
        public String toString() {
            return tls.isOn() ? name + " with TLS " + tls : name;
        }
    }

    private static final List<Tls> ALL = List.of(Tls.values());

    /** They take no sockets of others'. */
    private static final List<Tls> THE_JDKS = List.of(Tls.NONE, Tls.JDK);

    private static final List<Library> LIBRARIES = List.of(
            new Library("PostgreSQL", (tls, _) -> JdbcSubject.postgres(tls), ALL),
            new Library("HikariCP over PostgreSQL", JdbcSubject::pooledPostgres, ALL),
            new Library("MariaDB", (tls, _) -> JdbcSubject.mariaDb(tls), ALL),
            new Library("HikariCP over MariaDB", JdbcSubject::pooledMariaDb, List.of(Tls.NONE)),
            new Library("Jedis", JedisSubject::new, ALL),
            new Library("Apache HttpClient", HttpSubject::apache, ALL),
            new Library("OkHttp", HttpSubject::okHttp, ALL),
            new Library("java.net.http", HttpSubject::jdk, THE_JDKS),
            new Library("HttpURLConnection", HttpSubject::urlConnection, ALL),
            new Library("Angus SMTP", (tls, _) -> MailSubject.smtp(tls), ALL),
            new Library("Angus IMAP", (tls, _) -> MailSubject.imap(tls), ALL));

    /** What a library does on one hub with one engine it does on the other with the other: all of it is tried on the hub that is selected by itself, or in full. */
    private static boolean isBrief() {
        return System.getProperty("verdant.hub") != null && !Counts.isFull();
    }

    @Override
    public Stream<Case> get() {
        var cases = new ArrayList<Case>();
        for (Library library : LIBRARIES) {
            for (Tls way : isBrief() ? List.of(Tls.NONE, library.ways.getLast()) : library.ways) {
                cases.add(new Case(library.name, way, library.opener));
            }
        }
        String only = System.getProperty("verdant.library", "");
        return cases.stream().filter(each -> each.name().contains(only));
    }
}
