package dev.verdant.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.verdant.hub.HubProvider;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * What every hub must do: the suite that a hub's author extends.
 *
 * {@snippet :
 * class MyHubContractTest extends HubContract {
 *
 *     @Override
 *     protected HubProvider provider() {
 *         return new MyHubProvider();
 *     }
 * }
 * }
 *
 * <p>Each chapter is a nested class, each test a sentence that holds of the hub. A test opens a hub of its own, drives it by hand, on the loopback, and
 * waits by polling with a deadline. Whatever the SPI leaves open is left open here: a hub may be edge-triggered or level-triggered, may call a handler
 * without need, and may end a poll early now and then; it may not do so again and again. A hub may lack a kind of channel, an address or urgent data: then it
 * throws an {@link UnsupportedOperationException} that says so, and the tests of it are skipped.
 *
 * <p>Where the operating system lists the descriptors of a process ({@code /proc/self/fd}), each test also finds what it left behind. That takes a JVM in
 * which nothing else opens sockets meanwhile, hence {@link Isolated}.
 *
 * <p>Bytes are random. The seed is reported with each test of {@code Streams}; {@code -Dverdant.seed} repeats it.
 *
 * <p>On the module path the test's own package must be open to JUnit, as always.
 */
@Isolated
public abstract class HubContract {

    /** Creates the suite. JUnit calls this, once for every test. */
    protected HubContract() {}

    /**
     * Returns the provider to test. It must be usable here.
     *
     * @return the provider, the same or an equal one each time
     */
    protected abstract HubProvider provider();

    @Nested
    class Providers {

        @Test
        void aProviderHasANameAndIsUsable() {
            assertThat(provider().unusable()).isEmpty();
            assertThat(provider().name()).isNotBlank();
            try (var driver = new HubDriver(provider())) {
                assertThat(driver.hub.name()).isEqualTo(provider().name());
            }
        }

        @Test
        void hubsAreIndependent() throws Exception {
            try (var one = new HubDriver(provider()); var other = new HubDriver(provider())) {
                var pair = one.connect();
                one.hub.wakeup();
                assertThat(other.turnsFor(20 * HubDriver.MILLI)).isLessThanOrEqualTo(HubDriver.FEW_TURNS);
                other.hub.close();
                pair.client.writeFully((byte) 1);
                assertThat(pair.server.readFully(1)).containsExactly(1);
            }
        }
    }

    @Nested
    class Wakeups extends WakeupChapter {
        Wakeups() {
            super(HubContract.this.provider());
        }
    }

    @Nested
    class Timeouts extends TimeoutChapter {
        Timeouts() {
            super(HubContract.this.provider());
        }
    }

    @Nested
    class Connecting extends ConnectChapter {
        Connecting() {
            super(HubContract.this.provider());
        }
    }

    @Nested
    class Listeners extends ListenerChapter {
        Listeners() {
            super(HubContract.this.provider());
        }
    }

    @Nested
    class Streams extends StreamChapter {
        Streams() {
            super(HubContract.this.provider());
        }
    }

    @Nested
    class Endings extends EndingChapter {
        Endings() {
            super(HubContract.this.provider());
        }
    }

    @Nested
    class Closing extends CloseChapter {
        Closing() {
            super(HubContract.this.provider());
        }
    }

    @Nested
    class Options extends OptionChapter {
        Options() {
            super(HubContract.this.provider());
        }
    }

    @Nested
    class Threads extends ThreadChapter {
        Threads() {
            super(HubContract.this.provider());
        }
    }

    @Nested
    class Datagrams extends DatagramChapter {
        Datagrams() {
            super(HubContract.this.provider());
        }
    }

    @Nested
    class UnixDomain extends UnixDomainChapter {
        UnixDomain() {
            super(HubContract.this.provider());
        }
    }

    @Nested
    class Pipes extends PipeChapter {
        Pipes() {
            super(HubContract.this.provider());
        }
    }

    @Nested
    class Moving extends MoveChapter {
        Moving() {
            super(HubContract.this.provider());
        }
    }

    @Nested
    class Rechecking extends RecheckChapter {
        Rechecking() {
            super(HubContract.this.provider());
        }
    }

    @Nested
    class UrgentData extends UrgentChapter {
        UrgentData() {
            super(HubContract.this.provider());
        }
    }
}
