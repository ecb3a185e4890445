import java.io.BufferedReader;
import java.io.InputStreamReader;
import org.apache.maven.artifact.versioning.ComparableVersion;

/** Reads two versions a pair, one a line, and prints -1, 0 or 1 for each pair: what Maven itself says. */
public class ComparePairs {
    public static void main(String[] arguments) throws Exception {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        StringBuilder answers = new StringBuilder();
        for (String left = lines.readLine(); left != null; left = lines.readLine()) {
            int sign = new ComparableVersion(left).compareTo(new ComparableVersion(lines.readLine()));
            answers.append(Integer.signum(sign)).append('\n');
        }
        System.out.print(answers);
    }
}
