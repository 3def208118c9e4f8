package dev.verdant.testkit;

import dev.verdant.hub.HubProvider;
import dev.verdant.testkit.contract.CloseChapter;
import dev.verdant.testkit.contract.ConnectChapter;
import dev.verdant.testkit.contract.DatagramChapter;
import dev.verdant.testkit.contract.EndingChapter;
import dev.verdant.testkit.contract.ListenerChapter;
import dev.verdant.testkit.contract.MoveChapter;
import dev.verdant.testkit.contract.OptionChapter;
import dev.verdant.testkit.contract.PipeChapter;
import dev.verdant.testkit.contract.ProviderChapter;
import dev.verdant.testkit.contract.RecheckChapter;
import dev.verdant.testkit.contract.StreamChapter;
import dev.verdant.testkit.contract.ThreadChapter;
import dev.verdant.testkit.contract.TimeoutChapter;
import dev.verdant.testkit.contract.UnixDomainChapter;
import dev.verdant.testkit.contract.UrgentChapter;
import dev.verdant.testkit.contract.WakeupChapter;
import org.junit.jupiter.api.Nested;
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
    class Providers extends ProviderChapter {
        Providers() {
            super(HubContract.this.provider());
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
