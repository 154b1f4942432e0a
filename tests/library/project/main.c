/* usage: c WEIGHTS IMAGE WIDTH HEIGHT PIXELS
 * Classifies an image file and a file of bare RGB, and prints each as a line: the most probable class, its probability
 * and the logits. */
#include <vkmbv3.h>

#include <stdio.h>
#include <stdlib.h>

static int failed(void) {
    fprintf(stderr, "error %d: %s\n", (int)vkmbv3_last_status(), vkmbv3_last_error());
    return 1;
}

static void print(vkmbv3_classifier* classifier, const vkmbv3_prediction* top, const float* logits,
                  size_t classes) {
    size_t i;
    printf("%s %.17g", vkmbv3_class_name(classifier, top->label), top->probability);
    for (i = 0; i < classes; ++i)
        printf(" %.9g", logits[i]);
    printf("\n");
}

int main(int argc, char** argv) {
    vkmbv3_options options = VKMBV3_OPTIONS_INIT;
    vkmbv3_image image = VKMBV3_IMAGE_INIT;
    vkmbv3_classifier* classifier;
    vkmbv3_prediction top;
    unsigned char* pixels;
    float* logits;
    size_t classes, bytes;
    FILE* file;

    if (argc != 6) return 2;
    options.device = 0;
    if (vkmbv3_open(argv[1], &options, &classifier) != VKMBV3_OK) return failed();
    classes = (size_t)vkmbv3_class_count(classifier);
    logits = malloc(classes * sizeof *logits);
    if (vkmbv3_classify_file(classifier, argv[2], &top, 1, logits, classes) != VKMBV3_OK) return failed();
    print(classifier, &top, logits, classes);

    image.format = VKMBV3_RGB;
    image.width = atoi(argv[3]);
    image.height = atoi(argv[4]);
    bytes = (size_t)3 * (size_t)image.width * (size_t)image.height;
    pixels = malloc(bytes);
    file = fopen(argv[5], "rb");
    if (!file || fread(pixels, 1, bytes, file) != bytes) return 2;
    fclose(file);
    image.pixels = pixels;
    if (vkmbv3_classify(classifier, &image, &top, 1, logits, classes) != VKMBV3_OK) return failed();
    print(classifier, &top, logits, classes);

    free(pixels);
    free(logits);
    return vkmbv3_close(classifier) == VKMBV3_OK ? 0 : failed();
}
