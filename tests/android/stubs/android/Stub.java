package android;

/** Is what stands for a platform class's code: nothing here is ever run. */
public final class Stub extends UnsupportedOperationException {
    private static final long serialVersionUID = 1;
}
