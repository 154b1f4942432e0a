package org.vkmbv3.engine;

/** Says what the library could not do, in one line for a person. The numbers are vkmbv3_status of vkmbv3.h. */
public final class Vkmbv3Exception extends RuntimeException {
    public static final int INVALID_ARGUMENT = 1;
    public static final int FILE_ERROR = 2;
    public static final int WEIGHTS_ERROR = 3;
    public static final int NO_VULKAN = 6;
    public static final int DEVICE_ERROR = 7;
    public static final int OUT_OF_MEMORY = 8;
    public static final int REFUSED = 11;

    private static final long serialVersionUID = 1;

    public final int status;

    /** Is called by the native library. */
    Vkmbv3Exception(int status, byte[] message) {
        super(Native.string(message));
        this.status = status;
    }
}
