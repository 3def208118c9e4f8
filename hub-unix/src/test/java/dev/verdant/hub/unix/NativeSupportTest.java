package dev.verdant.hub.unix;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class NativeSupportTest {

    @Test
    void worksWhereNothingIsWrong() {
        assertThat(NativeSupport.unusable(() -> null, "lib")).isEmpty();
    }

    @Test
    void namesTheRoot() {
        var cause = new ExceptionInInitializerError(new IllegalStateException("Only supported on Linux"));
        assertThat(NativeSupport.unusable(() -> cause, "lib"))
                .hasValue("IllegalStateException: Only supported on Linux");
    }

    @Test
    void advisesToAddTheLibrary() {
        var cause = new UnsatisfiedLinkError("could not load a native library: netty");
        assertThat(NativeSupport.unusable(() -> cause, "lib"))
                .hasValue("UnsatisfiedLinkError: could not load a native library: netty"
                        + " (is io.netty:lib with the classifier of this machine on the class path,"
                        + " or on the module path and named by --add-modules?)");
    }

    @Test
    void aClassThatCannotBeLoadedIsAReasonToo() {
        assertThat(NativeSupport.unusable(() -> {
            throw new NoClassDefFoundError("io/netty/channel/epoll/Epoll");
        }, "lib")).hasValueSatisfying(
                why -> assertThat(why).startsWith("NoClassDefFoundError: io/netty/channel/epoll/Epoll"));
    }
}
