package dev.verdant.testkit.agent;

import java.lang.System.Logger.Level;
import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassElement;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.MethodModel;
import java.lang.classfile.MethodTransform;
import java.lang.classfile.Opcode;
import java.lang.classfile.constantpool.MemberRefEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.DirectMethodHandleDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.instrument.ClassFileTransformer;
import java.security.ProtectionDomain;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Puts a call of {@link Tripwire} before each call that brings in what does not follow from a seed, and before each reference to such a method. Classes of the
 * JDK, of Verdant and what it stands on, and of test frameworks and loggers are left alone.
 */
final class CallSites implements ClassFileTransformer {

    /*
     * Loggers are left alone because the time goes into their lines only, and they would be named in every run. All that Verdant stands on may read what it
     * likes on a real hub, and does not on the simulated one.
     */
    private static final List<String> LEFT_ALONE = List.of("java/", "javax/", "jdk/", "sun/", "com/sun/",
            "dev/verdant/green/", "dev/verdant/hub/", "dev/verdant/testkit/", "io/netty/", "org/jctools/", "org/junit/",
            "org/opentest4j/", "org/assertj/", "org/apache/maven/", "org/slf4j/", "ch/qos/logback/", "org/apache/log");

    private static final ClassDesc TRIPWIRE = Tripwire.class.describeConstable().orElseThrow();

    private static final MethodTypeDesc CROSSED = MethodTypeDesc.of(ConstantDescs.CD_void, ConstantDescs.CD_String,
            ConstantDescs.CD_String);

    private static final MethodTypeDesc STARTS = CROSSED.insertParameterTypes(0, ConstantDescs.CD_Object);

    private final List<String> alsoLeftAlone;

    /** Takes the beginnings of internal names besides those that are always left alone. */
    CallSites(List<String> alsoLeftAlone) {
        this.alsoLeftAlone = alsoLeftAlone;
    }

    @Override
    public byte @Nullable [] transform(@Nullable ClassLoader loader, @Nullable String name,
            @Nullable Class<?> redefined, ProtectionDomain domain, byte[] bytes) {
        if (name == null || loader == null || !seesTripwire(loader) || isLeftAlone(name)) {
            return null;
        }
        try {
            return rewritten(loader, bytes);
        } catch (RuntimeException e) {
            System.getLogger("dev.verdant.testkit").log(Level.WARNING,
                    "the agent could not rewrite " + name + ", whose uses of clocks, chance and threads are not told",
                    e);
            return null;
        }
    }

    private boolean isLeftAlone(String name) {
        return LEFT_ALONE.stream().anyMatch(name::startsWith) || alsoLeftAlone.stream().anyMatch(name::startsWith);
    }

    /** Whoever cannot find it must not call it. */
    private static boolean seesTripwire(ClassLoader loader) {
        ClassLoader ours = Tripwire.class.getClassLoader();
        for (ClassLoader each = loader; each != null; each = each.getParent()) {
            if (each == ours) {
                return true;
            }
        }
        return false;
    }

    /** The classes that stack maps are computed from are read and not loaded. */
    private static byte @Nullable [] rewritten(ClassLoader loader, byte[] bytes) {
        var classFile = ClassFile.of(ClassFile.ClassHierarchyResolverOption
                .of(ClassHierarchyResolver.ofResourceParsing(loader).orElse(ClassHierarchyResolver.defaultResolver())));
        ClassModel type = classFile.parse(bytes);
        return namesOutside(type) ? classFile.transformClass(type, new Rewriter(type)::accept) : null;
    }

    /** Few classes do. */
    private static boolean namesOutside(ClassModel type) {
        for (PoolEntry each : type.constantPool()) {
            if (each instanceof MemberRefEntry member && isOutside(member)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isOutside(MemberRefEntry member) {
        String owner = member.owner().asInternalName();
        String name = member.name().stringValue();
        String descriptor = member.type().stringValue();
        return Outside.whatOf(owner, name, descriptor) != null || Outside.makesPlatformThreads(owner, name)
                || Outside.mayStartThread(name, descriptor);
    }

    /** Rewrites a class; its call sites are numbered. */
    private static final class Rewriter {

        private final String type;
        private int sites;

        Rewriter(ClassModel type) {
            this.type = type.thisClass().asInternalName();
        }

        void accept(ClassBuilder builder, ClassElement element) {
            if (element instanceof MethodModel method && method.code().isPresent()) {
                builder.transformMethod(method, MethodTransform.transformingCode(this::accept));
            } else {
                builder.with(element);
            }
        }

        private void accept(CodeBuilder builder, CodeElement element) {
            if (element instanceof InvokeInstruction call) {
                before(builder, call);
            } else if (element instanceof InvokeDynamicInstruction made) {
                for (ConstantDesc each : made.bootstrapArgs()) {
                    if (each instanceof DirectMethodHandleDesc method) {
                        before(builder, method);
                    }
                }
            }
            builder.with(element);
        }

        private void before(CodeBuilder builder, InvokeInstruction call) {
            String owner = call.owner().asInternalName();
            String name = call.name().stringValue();
            String descriptor = call.type().stringValue();
            String what = Outside.whatOf(owner, name, descriptor);
            if (what != null) {
                cross(builder, what);
            } else if (Outside.makesPlatformThreads(owner, name)) {
                builder.loadConstant(Outside.MAKES_THREADS).loadConstant(nextSite()).invokestatic(TRIPWIRE,
                        "startsThread",
                        CROSSED);
            } else if (call.opcode() == Opcode.INVOKEVIRTUAL && Outside.mayStartThread(name, descriptor)) {
                builder.dup().loadConstant(Outside.STARTS_THREAD).loadConstant(nextSite())
                        .invokestatic(TRIPWIRE, "starts", STARTS);
            }
        }

        /** A reference is told where it is made: who calls through it may be the JDK. */
        private void before(CodeBuilder builder, DirectMethodHandleDesc method) {
            String descriptor = method.owner().descriptorString();
            String what = Outside.whatOf(descriptor.substring(1, descriptor.length() - 1), method.methodName(),
                    method.lookupDescriptor());
            if (what != null) {
                cross(builder, what);
            }
        }

        private void cross(CodeBuilder builder, String what) {
            builder.loadConstant(what).loadConstant(nextSite()).invokestatic(TRIPWIRE, "crossed", CROSSED);
        }

        private String nextSite() {
            return type + "#" + ++sites;
        }
    }
}
