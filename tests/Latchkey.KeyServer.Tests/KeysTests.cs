using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Latchkey.Client;
using Latchkey.KeyServer.Keys;
using Latchkey.Testing;
using Latchkey.Wire;
using Microsoft.Extensions.Logging;

namespace Latchkey.KeyServer.Tests;

public sealed class KeysTests
{
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    // It used to throw out of the loader when its names were read, past the keys that had been loaded.
    [Fact]
    public async Task A_certificate_with_damaged_alternative_names_is_named_as_its_files_fault()
    {
        await using var server = new TestKeyServer();
        server.AddKey(TestKey.EcdsaP256, "site.test");
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=damaged", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509Extension("2.5.29.17", [0x30, 0x05, 0x82, 0x7F], critical: false));
        using var damaged = request.CreateSelfSigned(DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(Path.Combine(server.Keys, "damaged.pem"), damaged.ExportCertificatePem());

        var problem = await Assert.ThrowsAsync<KeyFilesException>(server.StartAsync);

        Assert.EndsWith("damaged.pem", problem.Path, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Catalogue", "I4")]
    public async Task An_rsa_key_is_found_by_the_digest_of_its_modulus()
    {
        await using var server = new TestKeyServer();
        var site = server.AddKey(TestKey.Rsa2048, "site.test");
        await server.StartAsync();
        var digest = SHA256.HashData(Encoding.ASCII.GetBytes(Convert.ToHexString(site.Rsa().ExportParameters(false).Modulus!)));

        Assert.Equal(Opcode.Response, await AskRsaAsync(server, (ref i) => i.CertificateDigest = digest));
    }

    [Fact]
    [Trait("Catalogue", "I3")]
    public async Task A_key_is_found_by_the_fingerprint_of_a_certificate_beside_it()
    {
        await using var server = new TestKeyServer();
        var site = server.AddKey(TestKey.Rsa2048, "site.test", withCertificate: true);
        await server.StartAsync();

        Assert.Equal(Opcode.Response, await AskRsaAsync(server, (ref i) => i.CertificateFingerprint = site.Fingerprint()));
    }

    [Theory]
    [Trait("Catalogue", "I1")]
    [InlineData("*.example.test", "www.example.test", true)]
    [InlineData("*.example.test", "WWW.Example.TEST", true)]
    [InlineData("*.example.test", "a.b.example.test", false)]
    [InlineData("*.example.test", "example.test", false)]
    [InlineData("example.test", "example.test", true)]
    [InlineData("example.test", "other.test", false)]
    public async Task A_key_is_found_by_the_names_of_its_certificate(string certified, string asked, bool found)
    {
        await using var server = new TestKeyServer();
        server.AddKey(TestKey.Rsa2048, certified, withCertificate: true);
        await server.StartAsync();

        Assert.Equal(found ? Opcode.Response : Opcode.Error, await AskRsaAsync(server, (ref i) => i.ServerName = Encoding.ASCII.GetBytes(asked)));
    }

    // Edges of the deployed protocol leave it to the key server to know which name an address stands for.
    [Theory]
    [Trait("Catalogue", "I2")]
    [InlineData("192.0.2.7", "", true)]
    [InlineData("::ffff:192.0.2.7", "", true)]
    [InlineData("2001:db8::7", "", true)]
    [InlineData("192.0.2.8", "", false)]
    [InlineData("192.0.2.7", "other.test", false)]
    public async Task A_key_is_found_by_the_address_that_a_client_without_a_name_connected_to(string address, string name, bool found)
    {
        await using var server = new TestKeyServer
        {
            Addresses = new Dictionary<IPAddress, string> { [IPAddress.Parse("192.0.2.7")] = "site.test", [IPAddress.Parse("2001:db8::7")] = "site.test" },
        };
        server.AddKey(TestKey.Rsa2048, "site.test", withCertificate: true);
        await server.StartAsync();

        Assert.Equal(found ? Opcode.Response : Opcode.Error, await AskRsaAsync(server, (ref i) =>
        {
            i.ServerIp = IPAddress.Parse(address).GetAddressBytes();
            i.ServerName = Encoding.ASCII.GetBytes(name);
        }));
    }

    [Fact]
    [Trait("Attack", "12")]
    public async Task An_unknown_ski_is_not_made_up_for_by_a_known_name()
    {
        await using var server = new TestKeyServer();
        server.AddKey(TestKey.Rsa2048, "site.test", withCertificate: true);
        await server.StartAsync();

        Assert.Equal(Opcode.Error, await AskRsaAsync(server, (ref i) =>
        {
            i.SubjectKeyIdentifier = new byte[] { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 };
            i.ServerName = "site.test"u8;
        }));
    }

    [Fact]
    public async Task Only_key_and_pem_files_are_keys()
    {
        await using var server = new TestKeyServer();
        var site = server.AddKey(TestKey.EcdsaP256, "site.test", withCertificate: true);
        server.Write("keys/site.test.key.bak", TestKeyServer.Issue(TestKey.EcdsaP256, "old.test").PrivateKeyPem);
        server.Write("keys/site.test.key~", "garbage");
        server.Write("keys/README", "garbage");
        server.Write("keys/other.pem", TestKeyServer.Issue(TestKey.EcdsaP256, "other.test").PrivateKeyPem);
        server.Write("keys/ca.pem", server.Authority.CertificatePem);
        await server.StartAsync();

        var keys = server.Server.Status.Keys;
        Assert.Equal(["other.pem", "site.test.key"], keys.Select(k => Path.GetFileName(k.File)));
        Assert.Equal(Convert.ToHexStringLower(site.Ski()), keys[1].Ski);
        Assert.Equal(("EcdsaP256", 256), (keys[1].Algorithm, keys[1].Bits));
        Assert.Equal(["site.test"], keys[1].Names);
    }

    [Theory]
    [InlineData("PKCS#8 DER")]
    [InlineData("PKCS#1")]
    [InlineData("key and certificate in one file")]
    public async Task Keys_come_in_several_forms(string form)
    {
        await using var server = new TestKeyServer();
        var site = TestKeyServer.Issue(TestKey.Rsa2048, "site.test");
        switch (form)
        {
            case "PKCS#8 DER":
                await File.WriteAllBytesAsync(Path.Combine(server.Keys, "site.key"), site.PrivateKey, Cancel);
                break;
            case "PKCS#1":
                using (var rsa = RSA.Create())
                {
                    rsa.ImportPkcs8PrivateKey(site.PrivateKey, out _);
                    server.Write("keys/site.key", rsa.ExportRSAPrivateKeyPem());
                }
                break;
            default:
                server.Write("keys/site.pem", site.ChainPem + site.PrivateKeyPem);
                break;
        }
        await server.StartAsync();

        Assert.Equal(Opcode.Response, await AskRsaAsync(server, (ref i) => i.SubjectKeyIdentifier = site.Ski()));
    }

    [Fact]
    public async Task An_encrypted_key_opens_with_the_passphrase_file()
    {
        await using var server = new TestKeyServer();
        var site = WriteEncrypted(server, "correct horse");
        server.PassphraseFile = server.Write("passphrase", "correct horse\nanything else\n");
        await server.StartAsync();

        Assert.Equal(Opcode.Response, await AskRsaAsync(server, (ref i) => i.SubjectKeyIdentifier = site.Ski()));
    }

    [Theory]
    [InlineData("wrong")]
    [InlineData(null)]
    public async Task An_encrypted_key_without_the_right_passphrase_is_a_clear_error(string? passphrase)
    {
        await using var server = new TestKeyServer();
        WriteEncrypted(server, "correct horse");
        server.PassphraseFile = passphrase is null ? null : server.Write("passphrase", passphrase);

        var error = await Assert.ThrowsAsync<KeyFilesException>(() => server.StartAsync());

        Assert.StartsWith(Path.Combine(server.Keys, "site.key"), error.Message, StringComparison.Ordinal);
        Assert.Contains("passphrase", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bad.pem", "not a key at all")]
    [InlineData("bad.key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")]
    [InlineData("bad.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")]
    [InlineData("empty.key", "")]
    public async Task A_file_that_is_no_key_is_an_error_that_names_it(string name, string content)
    {
        await using var server = new TestKeyServer();
        server.Write("keys/" + name, content);

        var error = await Assert.ThrowsAsync<KeyFilesException>(() => server.StartAsync());

        Assert.StartsWith(Path.Combine(server.Keys, name), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_file_with_a_certificate_only_is_an_error()
    {
        await using var server = new TestKeyServer();
        server.Write("keys/site.key", server.Authority.CertificatePem);

        Assert.Contains("only certificates", (await Assert.ThrowsAsync<KeyFilesException>(() => server.StartAsync())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_that_is_not_there_is_an_error()
    {
        await using var server = new TestKeyServer();
        Directory.Delete(server.Keys);

        Assert.Contains("no such file or folder", (await Assert.ThrowsAsync<KeyFilesException>(() => server.StartAsync())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_everyone_may_read_is_warned_about()
    {
        if (OperatingSystem.IsWindows())
            Assert.Skip("Windows has no file mode.");
        await using var server = new TestKeyServer();
        server.AddKey(TestKey.EcdsaP256, "open.test");
        server.AddKey(TestKey.EcdsaP256, "closed.test");
#pragma warning disable CA1416 // the analyzer does not know that Assert.Skip throws
        File.SetUnixFileMode(Path.Combine(server.Keys, "open.test.key"), UnixFileMode.UserRead | UnixFileMode.OtherRead);
        File.SetUnixFileMode(Path.Combine(server.Keys, "closed.test.key"), UnixFileMode.UserRead);
#pragma warning restore CA1416
        await server.StartAsync();

        var warning = Assert.Single(server.Log.Lines, l => l.Id == 3032);
        Assert.Contains("open.test.key", warning.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reload_under_load_drops_no_request()
    {
        await using var server = new TestKeyServer();
        var site = server.AddKey(TestKey.EcdsaP256, "site.test");
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();
        var request = TestRequests.Raw(Opcode.EcdsaSignSha256, site.Ski(), new byte[32]);
        var reloading = Task.Run(async () =>
        {
            for (var i = 0; i < 30; i++)
                await server.Server.ReloadAsync(Cancel);
        }, Cancel);

        var rounds = 0;
        do
        {
            await edge.SendAsync(Enumerable.Range(0, 100).SelectMany(id => TestEdge.Encode((uint)id, request)).ToArray());
            for (var i = 0; i < 100; i++)
                Assert.Equal(Opcode.Response, (await edge.ReadAsync()).Opcode);
            rounds++;
        }
        while (!reloading.IsCompleted || rounds < 3);
        await reloading;
    }

    [Fact]
    public async Task A_bad_file_at_reload_keeps_the_old_keys_and_is_logged_once_with_its_path()
    {
        await using var server = new TestKeyServer();
        var site = server.AddKey(TestKey.Rsa2048, "site.test");
        await server.StartAsync();
        server.AddKey(TestKey.EcdsaP256, "new.test");
        var bad = server.Write("keys/bad.pem", "garbage");

        await Assert.ThrowsAsync<KeyFilesException>(() => server.Server.ReloadAsync(Cancel));

        Assert.Equal(Opcode.Response, await AskRsaAsync(server, (ref i) => i.SubjectKeyIdentifier = site.Ski()));
        Assert.Single(server.Server.Status.Keys);
        var line = Assert.Single(server.Log.Lines, l => l.Level == LogLevel.Error);
        Assert.Contains(bad, line.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task New_and_removed_files_are_noticed()
    {
        await using var server = new TestKeyServer { WatchInterval = TimeSpan.FromMilliseconds(50) };
        var old = server.AddKey(TestKey.Rsa2048, "old.test");
        await server.StartAsync();

        var added = server.AddKey(TestKey.Rsa2048, "new.test");
        File.Delete(Path.Combine(server.Keys, "old.test.key"));
        await Eventually(() => server.Server.Status.Keys is [var only] && only.Ski == Convert.ToHexStringLower(added.Ski()));

        Assert.Equal(Opcode.Response, await AskRsaAsync(server, (ref i) => i.SubjectKeyIdentifier = added.Ski()));
        Assert.Equal(Opcode.Error, await AskRsaAsync(server, (ref i) => i.SubjectKeyIdentifier = old.Ski()));
    }

    [Fact]
    public async Task A_file_that_changes_while_the_key_server_starts_is_noticed()
    {
        using var silent = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        silent.Listen(8); // it is connected to, and says nothing
        await using var server = new TestKeyServer { WatchInterval = TimeSpan.FromMilliseconds(50) };
        await using var peer = new KeyServerClient(
            new KeyServerClientOptions
            {
                Name = "peer",
                EndPoints = [$"localhost:{((IPEndPoint)silent.LocalEndPoint!).Port}"],
                Certificate = server.Authority.IssueClient("edge-1").WithPrivateKey(),
                TrustedAuthorities = [X509CertificateLoader.LoadCertificate(server.Authority.Certificate)],
                ConnectTimeout = TimeSpan.FromSeconds(60),
            },
            server.Log);
        peer.Start();
        server.KeyServers = new Dictionary<string, KeyServerClient> { ["peer"] = peer };
        server.Roots = server.Roots with { Peers = ["peer"], PatienceWithPeers = TimeSpan.FromSeconds(2) };
        server.AddKey(TestKey.EcdsaP256, "site.test");
        var starting = server.StartAsync();
        await Eventually(() => server.Log.Find(3030) is not null);

        server.AddKey(TestKey.EcdsaP256, "second.test");
        Assert.False(starting.IsCompleted);
        await starting;

        await Eventually(() => server.Server.Status.Keys.Count == 2);
    }

    [Fact]
    public async Task A_bad_new_file_is_reported_once_and_its_repair_is_noticed()
    {
        await using var server = new TestKeyServer { WatchInterval = TimeSpan.FromMilliseconds(50) };
        server.AddKey(TestKey.EcdsaP256, "site.test");
        await server.StartAsync();

        server.Write("keys/second.key", "half a key");
        await Eventually(() => server.Log.Find(3031) is not null);
        await Task.Delay(500, Cancel);
        Assert.Single(server.Log.Lines, l => l.Id == 3031);
        Assert.Single(server.Server.Status.Keys);

        server.Write("keys/second.key", TestKeyServer.Issue(TestKey.EcdsaP256, "second.test").PrivateKeyPem);
        await Eventually(() => server.Server.Status.Keys.Count == 2);
    }

    [Fact]
    public async Task A_secret_folder_swapped_by_its_link_is_noticed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Mounted secrets with links are a Unix matter.");
        await using var server = new TestKeyServer { WatchInterval = TimeSpan.FromMilliseconds(50) };
        server.Write("one/tls.key", TestKeyServer.Issue(TestKey.EcdsaP256, "one.test").PrivateKeyPem);
        var two = TestKeyServer.Issue(TestKey.EcdsaP384, "two.test");
        server.Write("two/tls.key", two.PrivateKeyPem);
        var root = Path.GetDirectoryName(server.Keys)!;
        File.CreateSymbolicLink(Path.Combine(root, "data"), "one");
        File.CreateSymbolicLink(Path.Combine(server.Keys, "tls.key"), "../data/tls.key");
        await server.StartAsync();

        File.Delete(Path.Combine(root, "data"));
        File.CreateSymbolicLink(Path.Combine(root, "data"), "two");

        await Eventually(() => server.Server.Status.Keys[0].Ski == Convert.ToHexStringLower(two.Ski()));
    }

    private static TestCertificate WriteEncrypted(TestKeyServer server, string passphrase)
    {
        var site = TestKeyServer.Issue(TestKey.Rsa2048, "site.test");
        using var rsa = RSA.Create();
        rsa.ImportPkcs8PrivateKey(site.PrivateKey, out _);
        server.Write("keys/site.key", rsa.ExportEncryptedPkcs8PrivateKeyPem(passphrase, new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 2048)));
        return site;
    }

    private static async Task<Opcode> AskRsaAsync(TestKeyServer server, RequestItems find)
    {
        await using var edge = await server.ConnectAsync();
        var reply = await edge.AskAsync((ref items) =>
        {
            find(ref items);
            items.Opcode = Opcode.RsaSignSha256;
            items.Payload = new byte[32];
        });
        Assert.True(reply.Opcode == Opcode.Response || reply.Error == KeylessError.KeyNotFound);
        return reply.Opcode;
    }

    private static async Task Eventually(Func<bool> condition)
    {
        for (var i = 0; i < 300 && !condition(); i++)
            await Task.Delay(50, Cancel);
        Assert.True(condition());
    }
}
