(function(){
var form=document.getElementById("choose"),said=document.getElementById("said");
if(!form)return;
form.hidden=false;
var all=[].slice.call(document.querySelectorAll("[data-environment]"));
var lists=[].slice.call(document.querySelectorAll(".day .rows ul")),days=[].slice.call(document.querySelectorAll(".day"));
function wanted(name){var field=form.elements[name];return field?field.value:""}
function fits(one,environment,account,region){
if(environment!==""&&one.getAttribute("data-environment")!==environment)return false;
return one.getAttribute("data-places").split(" ").some(function(place){
var parts=place.split(":");
return(account===""||parts[0]===account)&&(region===""||parts[1]===region);
});
}
function look(){
var environment=wanted("environment"),account=wanted("account"),region=wanted("region"),any=environment+account+region!=="",shown=0,total=0;
all.forEach(function(one){
var fit=fits(one,environment,account,region);
one.hidden=!fit;
if(one.classList.contains("entry")){total++;if(fit)shown++}
});
days.forEach(function(day){
day.hidden=any&&!day.querySelector(".entry:not([hidden])");
});
lists.forEach(function(list){list.hidden=!list.querySelector(".entry:not([hidden])")});
[].forEach.call(document.querySelectorAll(".fold"),function(fold){
var left=fold.querySelectorAll(".open:not([hidden])").length;
fold.hidden=!left;
fold.querySelector(".count").textContent=left;
});
said.textContent=any?shown+" of "+total+" lines":"";
}
form.addEventListener("change",look);
form.addEventListener("reset",function(){setTimeout(look,0)});
form.addEventListener("submit",function(event){event.preventDefault()});
function reach(){
var one=location.hash.indexOf("#o-")===0&&document.getElementById(location.hash.slice(1));
if(!one)return;
var card=document.querySelector(".pop:popover-open");
if(card)card.hidePopover();
one.querySelector("details").open=true;
one.scrollIntoView({block:"center"});
}
window.addEventListener("hashchange",reach);
reach();
window.addEventListener("beforeprint",function(){[].forEach.call(document.querySelectorAll(".fold"),function(fold){fold.open=true})});
})();
