using Latchkey.Testing;

namespace Latchkey.Interop.Harness;

public sealed class TestCertificateTests
{
    public static TheoryData<TestKey> Kinds => [.. Enum.GetValues<TestKey>()];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task OpenSsl_verifies_a_chain_with_an_intermediate_and_the_key_matches(TestKey kind)
    {
        var openssl = Tool.SkipUnless("openssl");
        using var folder = new TemporaryFolder();
        using var root = TestAuthority.Create();
        using var intermediate = root.CreateIntermediate();
        var certificate = intermediate.IssueServer(kind, "example.test", "127.0.0.1");
        root.Write(folder.Path);
        certificate.Write(folder.Path, "site");

        var verify = await ChildProcess.RunAsync(
            openssl,
            ["verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", "example.test", "-CAfile", "ca.pem", "-untrusted", "site.pem", "site.pem"],
            folder: folder.Path);
        verify.Succeeded();

        var fromCertificate = await ChildProcess.RunAsync(openssl, ["x509", "-in", "site.pem", "-noout", "-pubkey"], folder: folder.Path);
        var fromKey = await ChildProcess.RunAsync(openssl, ["pkey", "-in", "site.key", "-pubout"], folder: folder.Path);
        Assert.Equal(fromCertificate.Succeeded().Output, fromKey.Succeeded().Output);
    }
}
