package dev.verdant.green.patch;

import dev.verdant.green.net.PatchedServerSocket;
import dev.verdant.green.net.PatchedSocket;
import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassElement;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassHierarchyResolver.ClassHierarchyInfo;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.MethodTransform;
import java.lang.classfile.Opcode;
import java.lang.classfile.Superclass;
import java.lang.classfile.TypeKind;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.MemberRefEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.NewObjectInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.DirectMethodHandleDesc;
import java.lang.constant.DynamicCallSiteDesc;
import java.lang.constant.MethodHandleDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Puts green calls in the place of the JDK's in the code of a class: {@link PatchedCalls} for methods, {@link PatchedSocket} for {@code new Socket} and for what is derived
 * from {@code Socket}. Calls by name (reflection) stay as they are.
 */
final class Rewriter {

    private static final String SOCKET = "java/net/Socket";
    private static final String SERVER_SOCKET = "java/net/ServerSocket";
    private static final String SOCKET_ADDRESS = "java/net/InetSocketAddress";
    private static final String HOST_AND_PORT = "(Ljava/lang/String;I)V";
    private static final String BY_IMPLEMENTATION = "(Ljava/net/SocketImpl;)V";
    private static final String CONTEXT_LOADER = "java/lang/Thread.getContextClassLoader()Ljava/lang/ClassLoader;";
    private static final String SYSTEM_LOADER = "java/lang/ClassLoader.getSystemClassLoader()Ljava/lang/ClassLoader;";
    private static final String SERVICES = "java/util/ServiceLoader.load(Ljava/lang/Class;)Ljava/util/ServiceLoader;";

    private static final ClassDesc CALLS = PatchedCalls.class.describeConstable().orElseThrow();
    private static final ClassDesc PATCHED_SOCKET = PatchedSocket.class.describeConstable().orElseThrow();
    private static final ClassDesc PATCHED_SERVER_SOCKET = PatchedServerSocket.class.describeConstable().orElseThrow();
    private static final ClassDesc LOADER = ClassLoader.class.describeConstable().orElseThrow();
    private static final ClassDesc THREAD = Thread.class.describeConstable().orElseThrow();
    private static final ClassDesc SERVICE_LOADER = ClassDesc.of("java.util.ServiceLoader");
    private static final ClassDesc INET_SOCKET_ADDRESS = ClassDesc.of("java.net.InetSocketAddress");

    /** The version of class files that can name a class as a constant. */
    private static final int JAVA_5 = 49;

    /** A class that cannot be found where a stack map is made: one that the library can do without. */
    private static final ClassHierarchyResolver UNKNOWN = _ -> ClassHierarchyInfo.ofClass(ConstantDescs.CD_Object);

    private final boolean sockets;
    private final boolean names;
    private final boolean loaders;

    /** What is called instead of a method: its name there, where it is static and takes first what the method was called on. */
    private final Map<String, String> methods = new HashMap<>();

    /**
     * Creates one.
     *
     * @param patches what to put green calls in the place of
     * @param loaders whether classes are to find what is theirs by their own loader, where they would look further up
     */
    Rewriter(Set<Patch> patches, boolean loaders) {
        this.sockets = patches.contains(Patch.SOCKET);
        this.names = patches.contains(Patch.DNS);
        this.loaders = loaders;
        if (sockets) {
            methods.put("javax/net/SocketFactory.getDefault()Ljavax/net/SocketFactory;", "socketFactory");
            methods.put("javax/net/ServerSocketFactory.getDefault()Ljavax/net/ServerSocketFactory;",
                    "serverSocketFactory");
        }
        if (names) {
            for (String type : new String[]{"InetAddress", "Inet4Address", "Inet6Address"}) {
                same("java/net/" + type + ".", "getByName(Ljava/lang/String;)Ljava/net/InetAddress;",
                        "getAllByName(Ljava/lang/String;)[Ljava/net/InetAddress;",
                        "getLocalHost()Ljava/net/InetAddress;",
                        "getHostName()Ljava/lang/String;", "getCanonicalHostName()Ljava/lang/String;");
            }
            same("java/net/InetSocketAddress.", "getHostName()Ljava/lang/String;");
        }
        if (patches.contains(Patch.PROCESS)) {
            same("java/lang/ProcessBuilder.", "start()Ljava/lang/Process;");
            for (String command : new String[]{"Ljava/lang/String;", "[Ljava/lang/String;"}) {
                same("java/lang/Runtime.", "exec(" + command + ")Ljava/lang/Process;",
                        "exec(" + command + "[Ljava/lang/String;)Ljava/lang/Process;",
                        "exec(" + command + "[Ljava/lang/String;Ljava/io/File;)Ljava/lang/Process;");
            }
        }
    }

    private void same(String owner, String... calls) {
        for (String call : calls) {
            methods.put(owner + call, call.substring(0, call.indexOf('(')));
        }
    }

    // ---- a class

    /**
     * Rewrites a class. Classes that stack maps are made from are read and not loaded. Any thread.
     *
     * @param loader what finds the classes that this one names
     * @param bytes the class
     * @return the class as it is to be, or null if nothing is to be changed
     * @throws IllegalArgumentException if it is no class that can be read
     */
    byte @Nullable [] rewrite(ClassLoader loader, byte[] bytes) {
        var hierarchy = ClassHierarchyResolver.ofResourceParsing(loader)
                .orElse(ClassHierarchyResolver.defaultResolver())
                .orElse(UNKNOWN).cached();
        var classFile = ClassFile.of(ClassFile.ClassHierarchyResolverOption.of(hierarchy));
        ClassModel type = classFile.parse(bytes);
        if (!namesWhatChanges(type)) {
            return null;
        }
        return classFile.transformClass(type, (builder, element) -> accept(builder, element, type));
    }

    /** Few classes do. */
    private boolean namesWhatChanges(ClassModel type) {
        for (PoolEntry each : type.constantPool()) {
            if (each instanceof MemberRefEntry member && changes(member.owner().asInternalName(),
                    member.name().stringValue(), member.type().stringValue())) {
                return true;
            }
        }
        return false;
    }

    private boolean changes(String owner, String name, String descriptor) {
        return patched(owner) != null && name.equals("<init>") || isLookedUp(owner, name, descriptor)
                || methods.containsKey(owner + "." + name + descriptor)
                || loaders && isLoaderCall(owner + "." + name + descriptor);
    }

    private static boolean isLoaderCall(String call) {
        return call.equals(CONTEXT_LOADER) || call.equals(SYSTEM_LOADER) || call.equals(SERVICES);
    }

    /** Returns what takes the place of a class, or null. */
    private @Nullable ClassDesc patched(String type) {
        if (!sockets) {
            return null;
        }
        return switch (type) {
            case SOCKET -> PATCHED_SOCKET;
            case SERVER_SOCKET -> PATCHED_SERVER_SOCKET;
            default -> null;
        };
    }

    private boolean isLookedUp(String owner, String name, String descriptor) {
        return names && owner.equals(SOCKET_ADDRESS) && name.equals("<init>") && descriptor.equals(HOST_AND_PORT);
    }

    private void accept(ClassBuilder builder, ClassElement element, ClassModel type) {
        ClassDesc green = element instanceof Superclass above && !bringsImplementation(type)
                ? patched(above.superclassEntry().asInternalName())
                : null;
        if (green != null) {
            builder.withSuperclass(green);
        } else if (element instanceof MethodModel method && method.code().filter(this::hasWhatChanges).isPresent()) {
            var site = new Site(type.thisClass(), type.majorVersion() >= JAVA_5,
                    !(method.methodName().equalsString("<init>") && bringsImplementation(type)));
            builder.transformMethod(method,
                    MethodTransform.transformingCode((code, instruction) -> accept(code, instruction, site)));
        } else {
            builder.with(element);
        }
    }

    /** A class that gives its superclass an implementation, or none because it wraps another socket, stays what it is. */
    private static boolean bringsImplementation(ClassModel type) {
        String above = type.superclass().map(ClassEntry::asInternalName).orElse("");
        for (PoolEntry each : type.constantPool()) {
            if (each instanceof MemberRefEntry member && member.name().equalsString("<init>")
                    && member.type().equalsString(BY_IMPLEMENTATION)
                    && member.owner().asInternalName().equals(above)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Where an instruction is.
     *
     * @param type the class
     * @param hasConstants whether it can name itself as a constant
     * @param makesGreen whether sockets that are made here are green ones; a constructor's call of its superclass's looks alike
     */
    private record Site(ClassEntry type, boolean hasConstants, boolean makesGreen) {}

    private boolean hasWhatChanges(CodeModel code) {
        for (CodeElement each : code) {
            boolean changes = switch (each) {
                case InvokeInstruction call -> changes(call.owner().asInternalName(), call.name().stringValue(),
                        call.type().stringValue());
                case NewObjectInstruction made -> patched(made.className().asInternalName()) != null;
                case InvokeDynamicInstruction _ -> true;
                default -> false;
            };
            if (changes) {
                return true;
            }
        }
        return false;
    }

    // ---- an instruction

    private void accept(CodeBuilder builder, CodeElement element, Site site) {
        switch (element) {
            case NewObjectInstruction made -> accept(builder, made, site);
            case InvokeInstruction call -> accept(builder, call, site);
            case InvokeDynamicInstruction made -> accept(builder, made);
            default -> builder.with(element);
        }
    }

    private void accept(CodeBuilder builder, NewObjectInstruction made, Site site) {
        ClassDesc green = site.makesGreen ? patched(made.className().asInternalName()) : null;
        if (green != null) {
            builder.new_(green);
        } else {
            builder.with(made);
        }
    }

    private void accept(CodeBuilder builder, InvokeInstruction call, Site site) {
        String owner = call.owner().asInternalName();
        String name = call.name().stringValue();
        String descriptor = call.type().stringValue();
        String whole = owner + "." + name + descriptor;
        ClassDesc green = site.makesGreen ? patched(owner) : null;
        String instead = methods.get(whole);
        if (green != null && name.equals("<init>")) {
            builder.invokespecial(green, "<init>", call.typeSymbol());
        } else if (isLookedUp(owner, name, descriptor)) {
            lookUpFirst(builder);
            builder.with(call);
        } else if (instead != null && call.opcode() != Opcode.INVOKESPECIAL) {
            builder.invokestatic(CALLS, instead, call.opcode() == Opcode.INVOKESTATIC
                    ? call.typeSymbol()
                    : call.typeSymbol().insertParameterTypes(0, ownerOf(owner)));
        } else if (loaders && site.hasConstants && isLoaderCall(whole)) {
            byOwnLoader(builder, whole, site.type);
        } else {
            builder.with(call);
        }
    }

    /** Methods of addresses are the same for both kinds. */
    private static ClassDesc ownerOf(String owner) {
        return ClassDesc.ofInternalName(
                owner.startsWith("java/net/Inet") && !owner.equals(SOCKET_ADDRESS) ? "java/net/InetAddress" : owner);
    }

    /** The constructor's arguments are on the stack: the name, and above it the port. */
    private static void lookUpFirst(CodeBuilder builder) {
        int port = builder.allocateLocal(TypeKind.INT);
        builder.istore(port);
        builder.invokestatic(CALLS, "lookUp", MethodTypeDesc.of(ConstantDescs.CD_String, ConstantDescs.CD_String));
        builder.iload(port);
    }

    private static void byOwnLoader(CodeBuilder builder, String call, ClassEntry type) {
        var contextLoader = MethodTypeDesc.of(LOADER, THREAD, ConstantDescs.CD_Class);
        switch (call) {
            case CONTEXT_LOADER -> builder.ldc(type).invokestatic(CALLS, "contextClassLoader", contextLoader);
            case SYSTEM_LOADER -> builder.ldc(type).invokestatic(CALLS, "systemClassLoader",
                    MethodTypeDesc.of(LOADER, ConstantDescs.CD_Class));
            default -> builder.invokestatic(THREAD, "currentThread", MethodTypeDesc.of(THREAD)).ldc(type)
                    .invokestatic(CALLS, "contextClassLoader", contextLoader)
                    .invokestatic(SERVICE_LOADER, "load",
                            MethodTypeDesc.of(SERVICE_LOADER, ConstantDescs.CD_Class, LOADER));
        }
    }

    // ---- references to methods

    private void accept(CodeBuilder builder, InvokeDynamicInstruction made) {
        ConstantDesc[] arguments = made.bootstrapArgs().toArray(ConstantDesc[]::new);
        boolean changed = false;
        for (int i = 0; i < arguments.length; i++) {
            ConstantDesc green = arguments[i] instanceof DirectMethodHandleDesc method ? instead(method) : null;
            if (green != null) {
                arguments[i] = green;
                changed = true;
            }
        }
        if (changed) {
            builder.invokedynamic(DynamicCallSiteDesc.of(made.bootstrapMethod(), made.name().stringValue(),
                    made.typeSymbol(), arguments));
        } else {
            builder.with(made);
        }
    }

    private @Nullable DirectMethodHandleDesc instead(DirectMethodHandleDesc method) {
        String descriptor = method.owner().descriptorString();
        String owner = descriptor.startsWith("L") ? descriptor.substring(1, descriptor.length() - 1) : descriptor;
        ClassDesc green = patched(owner);
        String call = methods.get(owner + "." + method.methodName() + method.lookupDescriptor());
        if (method.kind() == DirectMethodHandleDesc.Kind.CONSTRUCTOR) {
            if (green != null) {
                return MethodHandleDesc.ofConstructor(green, parameters(method));
            }
            return isLookedUp(owner, "<init>", method.lookupDescriptor())
                    ? MethodHandleDesc.ofMethod(DirectMethodHandleDesc.Kind.STATIC, CALLS, "newInetSocketAddress",
                            MethodTypeDesc.of(INET_SOCKET_ADDRESS, ConstantDescs.CD_String, ConstantDescs.CD_int))
                    : null;
        }
        if (call == null) {
            return null;
        }
        var type = MethodTypeDesc.ofDescriptor(method.lookupDescriptor());
        return MethodHandleDesc.ofMethod(DirectMethodHandleDesc.Kind.STATIC, CALLS, call,
                method.kind() == DirectMethodHandleDesc.Kind.STATIC
                        ? type
                        : type.insertParameterTypes(0, ownerOf(owner)));
    }

    private static ClassDesc[] parameters(DirectMethodHandleDesc constructor) {
        return MethodTypeDesc.ofDescriptor(constructor.lookupDescriptor()).parameterArray();
    }
}
