using System.Globalization;
using System.Security.Cryptography;
using Latchkey.KeyServer.Audit;
using Latchkey.Testing;
using Latchkey.Tls.Custodies;
using Latchkey.Wire;

namespace Latchkey.KeyServer.Tests;

/// <summary>What the key server records, and when (X7).</summary>
public sealed class AuditLogTests
{
    private const ushort EcdsaP256 = 0x0403;

    [Fact]
    [Trait("Catalogue", "X7")]
    public async Task A_use_is_on_record_with_edge_key_operation_and_transcript_hash_before_its_reply_leaves()
    {
        await using var server = new TestKeyServer { Audit = Options };
        var site = server.AddKey(TestKey.EcdsaP256, "site.test");
        await server.StartAsync();
        await using var edge = await server.ConnectAsync("edge-7");
        await edge.NegotiateAsync();
        var hash = RandomNumberGenerator.GetBytes(32);

        var reply = await edge.AskAsync(TestRequests.CertificateVerify(site.Ski(), EcdsaP256, hash));

        var use = Assert.Single(Uses(server));
        Assert.Equal(Opcode.Response, reply.Opcode);
        Assert.Equal(("edge-7", "sign_certificate_verify", "ok"), (use["edge"], use["operation"], use["outcome"]));
        Assert.Equal((Convert.ToHexStringLower(site.Ski()), Convert.ToHexStringLower(hash)), (use["key"], use["digest"]));
        Assert.StartsWith("sha256:", use["certificate"], StringComparison.Ordinal);
        Assert.InRange(use.Time, DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow);
    }

    [Fact]
    [Trait("Catalogue", "X7")]
    public async Task The_digest_of_a_TLS12_signature_is_of_what_was_signed()
    {
        await using var server = new TestKeyServer { Audit = Options };
        var site = server.AddKey(TestKey.EcdsaP256, "site.test");
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();
        await edge.NegotiateAsync();
        var exchange = new Tls12Exchange(site.Ski(), Tls.CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256);

        var offer = await edge.AskAsync(exchange.Offer(Crypto.NamedGroup.X25519, Crypto.SignatureScheme.EcdsaSecp256r1Sha256));

        Assert.True(Wire.Operations.OfferKeyExchangeReply.TryRead(offer.Payload, out var reply));
        var content = SHA256.HashData([.. exchange.ClientRandom, .. exchange.ServerRandom, .. reply.Parameters]);
        Assert.Equal(Convert.ToHexStringLower(content), Assert.Single(Uses(server))["digest"]);
    }

    [Fact]
    public async Task Every_one_of_a_thousand_pipelined_uses_is_on_record_when_its_reply_arrives()
    {
        await using var server = new TestKeyServer { Audit = Options };
        var site = server.AddKey(TestKey.EcdsaP256, "site.test");
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();
        await edge.NegotiateAsync();
        var hashes = Enumerable.Range(0, 1000).Select(_ => RandomNumberGenerator.GetBytes(32)).ToArray();
        await edge.SendAsync(hashes.Index().SelectMany(one => TestEdge.Encode(100 + (uint)one.Index, TestRequests.CertificateVerify(site.Ski(), EcdsaP256, one.Item))).ToArray());

        for (var i = 0; i < hashes.Length; i++)
        {
            var reply = await edge.ReadAsync();
            if (i % 100 == 0)
                Assert.Contains(Uses(server), use => use["digest"] == Convert.ToHexStringLower(hashes[reply.Id - 100]));
        }

        Assert.Equal(hashes.Select(Convert.ToHexStringLower).Order(), Uses(server).Select(use => use["digest"]).Order());
        Assert.Null(Verify(server).Broken);
    }

    [Fact]
    public async Task Refusals_are_recorded_together_with_their_number()
    {
        await using var server = new TestKeyServer { Audit = Options, AllowedEdges = ["edge-2"] };
        var site = server.AddKey(TestKey.EcdsaP256, "site.test");
        await server.StartAsync();
        await using var edge = await server.ConnectAsync("edge-1");
        await edge.NegotiateAsync();

        for (var i = 0; i < 50; i++)
            Assert.Equal(KeylessError.KeyNotFound, (await edge.AskAsync(TestRequests.CertificateVerify(site.Ski(), EcdsaP256, new byte[32]))).Error);
        await server.Server.StopAsync(TestContext.Current.CancellationToken);

        var denied = Records(server).Where(record => record["kind"] == "denied").ToList();
        Assert.InRange(denied.Count, 1, 10);
        Assert.Equal(50, denied.Sum(record => long.Parse(record["count"], CultureInfo.InvariantCulture)));
        Assert.All(denied, record => Assert.Equal(("edge-1", Convert.ToHexStringLower(site.Ski()), "key_not_found"), (record["edge"], record["key"], record["outcome"])));
    }

    [Fact]
    public async Task Files_end_by_size_and_restart_and_the_chain_goes_on()
    {
        await using var server = new TestKeyServer { Audit = folder => new AuditOptions { Folder = folder, MaxFileBytes = 4096 } };
        var site = server.AddKey(TestKey.EcdsaP256, "site.test");
        await server.StartAsync();
        await UseAsync(server, site, 30);
        await server.Server.DisposeAsync();
        var before = Verify(server);
        await server.StartAsync();
        await UseAsync(server, site, 30);
        await server.Server.StopAsync(TestContext.Current.CancellationToken);

        var verdict = Verify(server);

        Assert.Null(verdict.Broken);
        Assert.Equal((1, 60), (verdict.First, verdict.Uses));
        Assert.InRange(verdict.Files, 4, 40);
        Assert.InRange(verdict.Checkpoints, verdict.Files, verdict.Files + 2);
        // What was noted then is still there now.
        Assert.Null(new AuditVerifier([], [before.Last]).Verify(server.AuditFolder).Broken);
    }

    [Fact]
    public async Task A_record_that_a_crash_left_unfinished_is_told_and_breaks_nothing()
    {
        await using var server = new TestKeyServer { Audit = Options };
        var site = server.AddKey(TestKey.EcdsaP256, "site.test");
        await server.StartAsync();
        await UseAsync(server, site, 3);
        await server.Server.DisposeAsync();
        await File.AppendAllTextAsync(Directory.GetFiles(server.AuditFolder, "*.jsonl").Single(), "{\"seq\":6,\"kind\":\"use\"", TestContext.Current.CancellationToken);
        await server.StartAsync();
        await UseAsync(server, site, 3);

        var verdict = Verify(server);

        Assert.Null(verdict.Broken);
        Assert.Equal(6, verdict.Uses);
        Assert.Contains(verdict.Remarks, remark => remark.Contains("an unfinished record of 21 bytes", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_day_has_a_file_of_its_own()
    {
        var time = new ShiftedTime();
        await using var server = new TestKeyServer { Audit = Options, Time = time };
        var site = server.AddKey(TestKey.EcdsaP256, "site.test");
        await server.StartAsync();
        await UseAsync(server, site, 1);
        time.By = TimeSpan.FromDays(1);
        await UseAsync(server, site, 1);

        Assert.Equal(2, Directory.GetFiles(server.AuditFolder, "audit-*.jsonl").Length);
        Assert.Null(Verify(server).Broken);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_cannot_be_recorded_is_refused_or_where_the_owner_says_so_counted(bool required)
    {
        await using var server = new TestKeyServer { Audit = folder => new AuditOptions { Folder = folder, MaxFileBytes = 1, Required = required } };
        var site = server.AddKey(TestKey.EcdsaP256, "site.test");
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();
        await edge.NegotiateAsync();
        // Each append begins a file, signed first: the name it will have is taken.
        var last = long.Parse(server.Server.Status.Audit!.Head.Split(':')[0], CultureInfo.InvariantCulture);
        var obstacles = Enumerable.Range((int)last + 1, 4).Select(number => Directory.CreateDirectory(Path.Combine(server.AuditFolder, $"audit-{number:D16}.jsonl"))).ToList();

        for (var i = 0; i < 20; i++)
        {
            var reply = await edge.AskAsync(TestRequests.CertificateVerify(site.Ski(), EcdsaP256, RandomNumberGenerator.GetBytes(32)));
            Assert.Equal(required ? KeylessError.Internal : KeylessError.None, reply.Error);
        }
        Assert.NotNull(server.Server.Status.Audit!.FailingSince);
        Assert.NotNull(server.Log.Find(3071));
        obstacles.ForEach(obstacle => obstacle.Delete());
        await Eventually(() => server.Server.Status.Audit!.FailingSince is null);
        var served = await edge.AskAsync(TestRequests.CertificateVerify(site.Ski(), EcdsaP256, RandomNumberGenerator.GetBytes(32)));

        Assert.Equal(KeylessError.None, served.Error);
        Assert.Single(Uses(server));
        var gap = Assert.Single(Records(server), record => record["kind"] == "gap");
        Assert.Equal(required ? ("0", "20") : ("20", "0"), (gap["unrecorded"], gap["refused"]));
        Assert.Null(Verify(server).Broken);
    }

    [Fact]
    public async Task A_full_disk_refuses_uses_until_there_is_room_again()
    {
        using var place = new TemporaryFolder();
        var disk = Directory.CreateDirectory(place.File("disk")).FullName;
        var mount = await ChildProcess.RunAsync(Tool.SkipUnless("mount"), ["-t", "tmpfs", "-o", "size=64k", "tmpfs", disk]);
        Assert.SkipUnless(mount.ExitCode == 0, "mounting a small file system needs more rights");
        try
        {
            await using var server = new TestKeyServer { Audit = _ => new AuditOptions { Folder = Path.Combine(disk, "audit") } };
            var site = server.AddKey(TestKey.EcdsaP256, "site.test");
            await server.StartAsync();
            await using var edge = await server.ConnectAsync();
            await edge.NegotiateAsync();
            var served = 0;
            while ((await edge.AskAsync(TestRequests.CertificateVerify(site.Ski(), EcdsaP256, RandomNumberGenerator.GetBytes(32)))).Error == KeylessError.None)
                Assert.InRange(++served, 1, 1000);
            Assert.InRange(served, 10, 1000);
            Assert.Equal(served, AuditEntry.Read(Path.Combine(disk, "audit")).Count(record => record["kind"] == "use"));

            Assert.Equal(0, (await ChildProcess.RunAsync("mount", ["-o", "remount,size=1m", disk])).ExitCode);
            await Eventually(() => server.Server.Status.Audit!.FailingSince is null);

            Assert.Equal(KeylessError.None, (await edge.AskAsync(TestRequests.CertificateVerify(site.Ski(), EcdsaP256, RandomNumberGenerator.GetBytes(32)))).Error);
            Assert.Null(new AuditVerifier([], []).Verify(Path.Combine(disk, "audit")).Broken);
        }
        finally
        {
            await ChildProcess.RunAsync("umount", [disk]);
        }
    }

    [Fact]
    public async Task Two_key_servers_do_not_write_one_log()
    {
        await using var server = new TestKeyServer { Audit = Options };
        server.AddKey(TestKey.EcdsaP256, "site.test");
        await server.StartAsync();
        await using var second = new KeyServer(server.Options(), server.Log);

        var refused = await Assert.ThrowsAsync<IOException>(() => second.StartAsync(TestContext.Current.CancellationToken));

        Assert.Contains("audit.lock", refused.Message, StringComparison.Ordinal);
    }

    internal static AuditOptions Options(string folder) => new() { Folder = folder };

    internal static async Task UseAsync(TestKeyServer server, TestCertificate site, int times)
    {
        await using var edge = await server.ConnectAsync();
        await edge.NegotiateAsync();
        for (var i = 0; i < times; i++)
            Assert.Equal(Opcode.Response, (await edge.AskAsync(TestRequests.CertificateVerify(site.Ski(), EcdsaP256, RandomNumberGenerator.GetBytes(32)))).Opcode);
    }

    internal static AuditVerdict Verify(TestKeyServer server) => new AuditVerifier([], []).Verify(server.AuditFolder);

    private static List<AuditEntry> Records(TestKeyServer server) => [.. AuditEntry.Read(server.AuditFolder)];

    private static List<AuditEntry> Uses(TestKeyServer server) => [.. Records(server).Where(record => record["kind"] == "use")];

    private static async Task Eventually(Func<bool> condition)
    {
        for (var i = 0; i < 200 && !condition(); i++)
            await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.True(condition());
    }
}
