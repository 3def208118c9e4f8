package dev.verdant.green.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class FolderPageTest {

    @TempDir
    private Path folder;

    @Test
    void aFolderOfTooMuchIsListedInPart() throws Exception {
        for (int i = 0; i < 10_000; i++) {
            Files.createFile(folder.resolve("file" + i));
        }
        assertListsAllButTellsOfMore(false);
        Files.createFile(folder.resolve("file10000"));
        assertListsAllButTellsOfMore(true);
    }

    private void assertListsAllButTellsOfMore(boolean more) throws Exception {
        String page = new String(FolderPage.of(folder, folder, "/"), StandardCharsets.UTF_8);
        assertThat(page.split("<tr>", -1)).hasSize(10_001);
        assertThat(page.contains("and more: only 10000 are listed")).isEqualTo(more);
    }
}
