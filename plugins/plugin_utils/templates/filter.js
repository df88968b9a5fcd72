(function(){
var box=document.getElementById("find"),field=document.getElementById("find-text"),said=document.getElementById("find-said");
if(!box)return;
box.hidden=false;
var parts=[].slice.call(document.querySelectorAll("details.hosts")),opened=parts.map(function(d){return d.open}),timer;
function look(){
var wanted=field.value.trim().toLowerCase(),found=0;
parts.forEach(function(part,i){
var hits=0;
[].forEach.call(part.querySelectorAll("tbody tr"),function(row){
var hit=!wanted||row.textContent.toLowerCase().indexOf(wanted)>=0;
row.hidden=!hit;
if(hit)hits++;
});
part.hidden=wanted!==""&&!hits;
part.open=wanted?hits>0:opened[i];
found+=hits;
});
said.textContent=wanted?found+(found===1?" host":" hosts"):"";
}
field.addEventListener("input",function(){clearTimeout(timer);timer=setTimeout(look,120)});
window.addEventListener("beforeprint",function(){parts.forEach(function(part){part.open=true})});
})();
