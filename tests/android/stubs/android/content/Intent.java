package android.content;

import android.Stub;
import android.net.Uri;

public class Intent {
    public static final String ACTION_BATTERY_CHANGED = "android.intent.action.BATTERY_CHANGED";
    public static final String ACTION_CREATE_DOCUMENT = "android.intent.action.CREATE_DOCUMENT";
    public static final String CATEGORY_OPENABLE = "android.intent.category.OPENABLE";
    public static final String EXTRA_TITLE = "android.intent.extra.TITLE";

    public Intent(String action) { throw new Stub(); }
    public Intent addCategory(String category) { throw new Stub(); }
    public Intent setType(String type) { throw new Stub(); }
    public Intent putExtra(String name, String value) { throw new Stub(); }
    public int getIntExtra(String name, int otherwise) { throw new Stub(); }
    public Uri getData() { throw new Stub(); }
}
